-- Scopes (RFC 6749 §3.3): what the names that a client asks for stand for. Wildcards are expanded here and nowhere else,
-- when something is issued; what is issued holds names without wildcards only (docs/adr/0014).

create function oauth.scope_is_wildcard(p_name text)
returns boolean
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select p_name like '_%:*';
$$;
comment on function oauth.scope_is_wildcard(text) is
  'Whether a scope stands for all that begin like it: something, then :* at its end. Neither * nor :* does. Private to this schema.';

create function oauth.expand_scope(p_scope text[], p_offered text[])
returns text[]
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(kept.name order by kept.asked_place, kept.offered_place), '{}')
  from (
    select distinct on (offered.name)
      offered.name, asked.place as asked_place, offered.place as offered_place
    from unnest(p_scope) with ordinality as asked (name, place)
    join unnest(p_offered) with ordinality as offered (name, place)
      on offered.name = asked.name
      or (oauth.scope_is_wildcard(asked.name) and starts_with(offered.name, left(asked.name, -1)))
    order by offered.name, asked.place, offered.place
  ) as kept;
$$;
comment on function oauth.expand_scope(text[], text[]) is
  'What of an offer is asked for (RFC 6749 §3.3): a name stands for itself, a:* for every offered name that begins with a:. In the order asked, then offered, each once; empty when nothing is left. Private to this schema.';

create function oauth.offered_scope(p_scopes jsonb)
returns text[]
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select array(
    select offered.scope ->> 'name'
    from jsonb_array_elements(p_scopes) with ordinality as offered (scope, place)
    order by offered.place
  );
$$;
comment on function oauth.offered_scope(jsonb) is
  'The names in a resource''s list of scopes, in its order. Private to this schema.';

revoke all on all functions in schema oauth from public;
