-- What a role makes in its temporary schema, where everybody may, stands in for nothing that our functions name. With an
-- empty search path it would: Postgres looks there first, for types too, and a domain's check acts with the rights of the
-- function that uses it ("Writing SECURITY DEFINER Functions Safely").

begin;
select plan(2);

insert into auth.users (id, email) values ('00000000-0000-4000-8000-00000000000a', 'a@example.test');

set local session authorization sekisho_mcp;
create function pg_temp.witness() returns boolean language plpgsql as $$
begin
  perform set_config('pgtap.seen', concat_ws(', ', nullif(current_setting('pgtap.seen', true), ''),
    session_user || ' as ' || current_user), true);
  return true;
end
$$;
create domain pg_temp.bytea as pg_catalog.bytea check (pg_temp.witness());
create domain pg_temp.inet as pg_catalog.inet check (pg_temp.witness());
create domain pg_temp.jsonb as pg_catalog.jsonb check (pg_temp.witness());
create domain pg_temp.text as pg_catalog.text check (pg_temp.witness());

select oauth.lease_calls(null, null, 1, 1, 0, 0);
set local role sekisho_person;
select shop.create_order(null, null, null);
set local session authorization sekisho_oauth;
select oauth.assume_origin(null, '192.0.2.1');
set local session authorization sekisho_account;
select oauth.assume_person('00000000-0000-4000-8000-00000000000a', null, null);
select set_config('pgtap.others', current_setting('pgtap.seen', true), true);
-- Who looks away sees nothing either.
select '1'::pg_temp.text;
reset session authorization;

drop domain pg_temp.bytea, pg_temp.inet, pg_temp.jsonb, pg_temp.text;
select is(nullif(current_setting('pgtap.others'), ''), null, 'nobody acts with the rights of a function''s owner');
select is(
  current_setting('pgtap.seen'), 'sekisho_account as sekisho_account', 'and whoever did would have been seen'
);

select * from finish();
rollback;
