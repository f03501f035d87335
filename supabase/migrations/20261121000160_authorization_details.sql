-- Authorization details (RFC 9396): what a scope cannot say. A resource may limit a scope by a detail: an element of one type
-- with actions, an amount and a currency. Every element is complete when it is recorded: {type, actions, maxAmount, currency}.

create function oauth.details_of_scope(p_scopes jsonb, p_scope text[], p_asked jsonb)
returns jsonb
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(coalesce(asked.detail, offered.scope -> 'detail') order by kept.place), '[]')
  from unnest(p_scope) with ordinality as kept (name, place)
  join jsonb_array_elements(p_scopes) as offered (scope)
    on offered.scope ->> 'name' = kept.name and offered.scope ? 'detail'
  left join jsonb_array_elements(p_asked) as asked (detail)
    on asked.detail ->> 'type' = offered.scope -> 'detail' ->> 'type';
$$;
comment on function oauth.details_of_scope(jsonb, text[], jsonb) is
  'The details that limit these scopes of a resource: as asked, or as the resource offers them by default. Private to this schema.';

create function oauth.scope_of_details(p_scopes jsonb, p_details jsonb)
returns text[]
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select array(
    select offered.scope ->> 'name'
    from jsonb_array_elements(p_details) with ordinality as asked (detail, place)
    join jsonb_array_elements(p_scopes) as offered (scope)
      on offered.scope -> 'detail' ->> 'type' = asked.detail ->> 'type'
    order by asked.place
  );
$$;
comment on function oauth.scope_of_details(jsonb, jsonb) is
  'The scopes that these details limit: who asks for a detail asks for its scope. Private to this schema.';

create function oauth.details_within_scope(p_scopes jsonb, p_scope text[], p_details jsonb)
returns jsonb
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(granted.detail order by granted.place), '[]')
  from jsonb_array_elements(p_details) with ordinality as granted (detail, place)
  cross join oauth.scope_of_details(p_scopes => p_scopes, p_details => jsonb_build_array(granted.detail)) as limited
  where limited = '{}' or limited && p_scope;
$$;
comment on function oauth.details_within_scope(jsonb, text[], jsonb) is
  'These details without those of scopes that are left out: a limit of what is not granted limits nothing, and may look like a grant. One of a scope that no longer has any stays. Private to this schema.';

create function oauth.narrow_details(p_asked jsonb, p_chosen jsonb)
returns jsonb
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select case
    when count(*) = count(asked.detail) and count(*) = count(distinct chosen.detail ->> 'type')
    then coalesce(jsonb_agg(chosen.detail order by asked.place), '[]')
  end
  from jsonb_array_elements(p_chosen) as chosen (detail)
  left join jsonb_array_elements(p_asked) with ordinality as asked (detail, place)
    on asked.detail ->> 'type' = chosen.detail ->> 'type'
    and asked.detail ->> 'currency' = chosen.detail ->> 'currency'
    and (asked.detail -> 'maxAmount')::bigint >= (chosen.detail -> 'maxAmount')::bigint
    and asked.detail -> 'actions' @> (chosen.detail -> 'actions');
$$;
comment on function oauth.narrow_details(jsonb, jsonb) is
  'What was chosen, if it is nowhere more than what was asked; otherwise null. Private to this schema.';

revoke all on all functions in schema oauth from public;
