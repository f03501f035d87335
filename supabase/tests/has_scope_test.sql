-- access.has_scope: whole names only, and false, never null, whenever anything is missing (RFC 6749 §3.3).

begin;
select plan(15);

create function pg_temp.has(p_claims text, p_scope text default 'product:read') returns boolean language sql as $$
  select set_config('request.jwt.claims', p_claims, true);
  select access.has_scope(p_scope);
$$;

select is(access.has_scope('product:read'), false, 'without claims');
select is(pg_temp.has(''), false, 'with empty claims');
select is(pg_temp.has('{}'), false, 'without the claim');
select is(pg_temp.has('{"scope": null}'), false, 'with null for the claim');
select is(pg_temp.has('{"scope": ""}'), false, 'with no scope in it');
select is(pg_temp.has('{"scope": "product:read"}'), true, 'the only one');
select is(pg_temp.has('{"scope": "a:read product:read b:read"}'), true, 'one of several');
select is(pg_temp.has('{"scope": "product:readonly my-product:read product"}'), false, 'part of a name is no name');
select is(pg_temp.has('{"scope": "PRODUCT:READ"}'), false, 'byte for byte');
select is(pg_temp.has('{"scope": "product:% product:*"}'), false, 'there are no wildcards');
select is(pg_temp.has('{"scope": ["product:read"]}'), false, 'a list is not the claim');
select is(pg_temp.has('{"scope": "product:read"}', ''), false, 'no name is no scope');
select is(pg_temp.has('{"scope": ""}', ''), false, 'not even where the claim is empty');
select is(pg_temp.has('{"scope": "product:read"}', null), false, 'null is no scope');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'access.has_scope'::regproc and grantee <> proowner
  ),
  '{sekisho_person,sekisho_writer}',
  'only those whom policies name may execute it'
);

select * from finish();
rollback;
