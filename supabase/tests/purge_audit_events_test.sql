-- oauth.purge_audit_events: the only way out of the audit trail.

begin;
select plan(5);

insert into oauth.audit_events (occurred_at, event)
select now() - age, 'denied' from unnest('{89 days 23 hours,90 days 1 hour,91 days,1 year}'::interval[]) as age;
insert into oauth.audit_counts (hour, event, reason, count)
select now() - age, 'request_refused', '', 1 from unnest('{89 days,91 days}'::interval[]) as age;

select is(oauth.purge_audit_events(1), 2::bigint, 'it removes as many of each as it may');
select is(oauth.purge_audit_events(10), 2::bigint, 'and the rest the next time');
select is((select count(*)::integer from oauth.audit_events), 1, 'an event of less than 90 days stays');
select is((select count(*)::integer from oauth.audit_counts), 1, 'and so does a count');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.purge_audit_events'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
