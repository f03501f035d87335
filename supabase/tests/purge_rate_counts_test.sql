-- oauth.purge_rate_counts: what was counted more than an hour ago limits nothing.

begin;
select plan(4);

insert into oauth.rate_counts (bucket, subject_hash, minute, counts)
select 'bucket', sha256(age::text::bytea), extract(epoch from now())::bigint / 60 - age, array_fill(1, array[61])
from unnest('{0,60,63,100}'::integer[]) as age;

select is(oauth.purge_rate_counts(1), 1::bigint, 'it removes as many as it may');
select is(oauth.purge_rate_counts(10), 1::bigint, 'and the rest the next time');
select is((select count(*)::integer from oauth.rate_counts), 2, 'what still counts stays');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.purge_rate_counts'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
