-- oauth.person_is_active: nothing may be issued to, or done in the name of, somebody who is gone or banned.

begin;
select plan(7);

insert into auth.users (id, email) values
  ('00000000-0000-4000-8000-00000000000a', 'active@example.test'),
  ('00000000-0000-4000-8000-00000000000b', 'deleted@example.test'),
  ('00000000-0000-4000-8000-00000000000c', 'banned@example.test'),
  ('00000000-0000-4000-8000-00000000000d', 'pardoned@example.test');
update auth.users set deleted_at = now() where email = 'deleted@example.test';
update auth.users set banned_until = now() + interval '1 day' where email = 'banned@example.test';
update auth.users set banned_until = now() - interval '1 second' where email = 'pardoned@example.test';

select is(oauth.person_is_active('00000000-0000-4000-8000-00000000000a'), true, 'a person is active');
select is(oauth.person_is_active('00000000-0000-4000-8000-00000000000b'), false, 'a deleted one is not');
select is(oauth.person_is_active('00000000-0000-4000-8000-00000000000c'), false, 'a banned one is not');
select is(oauth.person_is_active('00000000-0000-4000-8000-00000000000d'), true, 'a ban ends');
select is(oauth.person_is_active('00000000-0000-4000-8000-00000000000e'), false, 'nobody is not active');
select is(oauth.person_is_active(null), false, 'null is not active');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.person_is_active'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
