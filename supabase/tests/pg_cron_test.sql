-- Housekeeping by pg_cron, in the one database that it serves. Elsewhere a server's timer calls the same function, and
-- there is nothing here to look at.

begin;
select plan(4);

create function pg_temp.serves_this_database() returns boolean language sql as $$
  select current_setting('cron.database_name', true) is not distinct from current_database()::text;
$$;
-- plpgsql plans a statement when it runs it: elsewhere there is no cron.job to name.
create function pg_temp.scheduled() returns setof text language plpgsql as $$
begin
  if not pg_temp.serves_this_database() then
    return next skip('there is no pg_cron for this database', 4);
    return;
  end if;
  return next results_eq(
    $query$ select schedule, command, database, active from cron.job where jobname = 'sekisho-purge' $query$,
    $query$ values ('* * * * *', 'select oauth.purge_expired()', current_database()::text collate "default", true) $query$,
    'the purge runs every minute'
  );
  return next is(
    (select username::text from cron.job where jobname = 'sekisho-purge'),
    (select proowner::regrole::text from pg_proc where oid = 'oauth.purge_expired'::regproc),
    'as the owner of what it calls'
  );
  perform cron.schedule('sekisho-purge', '* * * * *', 'select oauth.purge_expired()');
  return next is(
    (select count(*) from cron.job where jobname = 'sekisho-purge'), 1::bigint, 'to schedule it again is not to run it twice'
  );
  return next lives_ok(
    (select command from cron.job where jobname = 'sekisho-purge'), 'what is scheduled can be run'
  );
end
$$;

select pg_temp.scheduled();

select * from finish();
rollback;
