-- oauth.record_resource: the registry of tools as it is written at deploy time (RFC 8707). One default at most.

begin;
select plan(12);

update oauth.resources set is_default = false;

create function pg_temp.record(p_identifier text, p_is_default boolean, p_scopes jsonb default '[]')
returns void
language sql
as $$
  select oauth.record_resource(
    p_identifier => p_identifier,
    p_name => 'Test',
    p_scopes => p_scopes,
    p_default_scope => '{product:read}',
    p_is_default => p_is_default
  );
$$;
create function pg_temp.defaults() returns text[] language sql as $$
  select array(select identifier from oauth.resources where is_default);
$$;

select pg_temp.record('https://one.test/mcp', true);
select results_eq(
  $$ select name, scopes, default_scope, is_default from oauth.resources where identifier = 'https://one.test/mcp' $$,
  $$ values ('Test', '[]'::jsonb, '{product:read}'::text[], true) $$,
  'a resource is recorded as described'
);

update oauth.resources set updated_at = now() - interval '1 day' where identifier = 'https://one.test/mcp';
select oauth.record_resource('https://one.test/mcp', 'Renamed', '[{"name": "a:read"}]', '{a:read}', true);
select results_eq(
  $$
    select name, scopes, default_scope, updated_at >= now()
    from oauth.resources
    where identifier = 'https://one.test/mcp'
  $$,
  $$ values ('Renamed', '[{"name": "a:read"}]'::jsonb, '{a:read}'::text[], true) $$,
  'recording it again replaces what changed'
);
select is(pg_temp.defaults(), '{https://one.test/mcp}', 'and leaves the default where it was');

select pg_temp.record('https://two.test/mcp', false);
select is(pg_temp.defaults(), '{https://one.test/mcp}', 'another resource does not take the default by itself');
select pg_temp.record('https://two.test/mcp', true);
select is(pg_temp.defaults(), '{https://two.test/mcp}', 'there is one default: the one recorded last');
select pg_temp.record('https://two.test/mcp', false);
select is(pg_temp.defaults(), '{}', 'a default can be given up');

select throws_ok(
  $$ select pg_temp.record('https://three.test/mcp/', false) $$, '23514', null, 'no trailing slash in an identifier'
);
select throws_ok(
  $$ select pg_temp.record('https://three.test/mcp', false, '{}') $$, '23514', null, 'scopes are a list'
);
select throws_ok(
  format('select pg_temp.record(%L, false, %L)', 'https://three.test/mcp', scopes), '23514', null, 'no wildcard is offered'
)
from unnest(array['[{"name": "a:read"}, {"name": "a:*"}]', '[{"name": "*"}]']) as scopes;
select throws_ok(
  $$ update oauth.resources set is_default = true $$, '23505', null, 'two defaults cannot be'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.record_resource'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
