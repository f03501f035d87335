-- oauth.narrow_details: a person gives what was asked, or less, never more.

begin;
select plan(15);

create function pg_temp.narrow(p_chosen jsonb) returns jsonb language sql as $$
  select oauth.narrow_details(
    p_asked => '[
      {"type": "ticket", "actions": ["reserve", "cancel"], "maxAmount": 100, "currency": "JPY"},
      {"type": "usage", "actions": ["use"], "maxAmount": 5, "currency": "EUR"}
    ]',
    p_chosen => p_chosen
  );
$$;
create function pg_temp.ticket(p_change jsonb) returns jsonb language sql as $$
  select jsonb_build_array(
    '{"type": "ticket", "actions": ["reserve", "cancel"], "maxAmount": 100, "currency": "JPY"}'::jsonb || p_change
  );
$$;

select is(pg_temp.narrow('[]'), '[]', 'nothing is less');
select is(pg_temp.narrow(pg_temp.ticket('{}')), pg_temp.ticket('{}'), 'what was asked');
select is(pg_temp.narrow(kept.chosen), kept.chosen, format('less: %s', kept.chosen))
from (
  values
    (pg_temp.ticket('{"maxAmount": 99}')), (pg_temp.ticket('{"maxAmount": 0}')),
    (pg_temp.ticket('{"actions": ["cancel"]}')), (pg_temp.ticket('{"actions": []}'))
) as kept (chosen);
select is(pg_temp.narrow(more.chosen), null, format('more: %s', more.chosen))
from (
  values
    (pg_temp.ticket('{"maxAmount": 101}')), (pg_temp.ticket('{"actions": ["reserve", "resell"]}')),
    (pg_temp.ticket('{"currency": "USD"}')), (pg_temp.ticket('{"type": "other"}')),
    (pg_temp.ticket('{}') || pg_temp.ticket('{"maxAmount": 1}')), (pg_temp.ticket('{"type": null}'))
) as more (chosen);
select is(
  pg_temp.narrow('[{"type": "usage", "actions": ["use"], "maxAmount": 5, "currency": "EUR"}]' || pg_temp.ticket('{}')),
  pg_temp.ticket('{}') || '[{"type": "usage", "actions": ["use"], "maxAmount": 5, "currency": "EUR"}]',
  'in the order asked'
);
select is(
  pg_temp.narrow(pg_temp.ticket('{}') || pg_temp.ticket('{"type": "other"}')), null, 'one too many spoils all'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.narrow_details'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
