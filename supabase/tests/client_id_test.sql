-- access.client_id: the client that holds the token (RFC 9068 §2.2).

begin;
select plan(5);

create function pg_temp.client(p_claims text) returns text language sql as $$
  select set_config('request.jwt.claims', p_claims, true);
  select access.client_id();
$$;

select is(access.client_id(), null, 'without claims none');
select is(pg_temp.client(''), null, 'with empty claims none');
select is(pg_temp.client('{"sub": "a"}'), null, 'without the claim none');
select is(pg_temp.client('{"client_id": "client_a"}'), 'client_a', 'the claim is the client');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'access.client_id'::regproc and grantee <> proowner
  ),
  '{sekisho_person,sekisho_writer}',
  'only those whom policies name may execute it'
);

select * from finish();
rollback;
