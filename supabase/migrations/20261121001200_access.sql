-- Schema access: what row policies ask about the token under which a tool runs. Claims are set for one
-- transaction by oauth.assume_access_token. Everything is null or false by default, so that a forgotten claim
-- closes instead of opens. Own readers instead of auth.uid(): sekisho_person has no right on schema auth.

create function access.claims()
returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  -- After its first use in a session the setting reads '' instead of null.
  select nullif(current_setting('request.jwt.claims', true), '')::jsonb;
$$;
comment on function access.claims() is 'The claims of the current transaction, or null.';

create function access.person_id()
returns uuid
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select (access.claims() ->> 'sub')::uuid;
$$;
comment on function access.person_id() is 'The person who granted the token. Null for a service token (RFC 6749 §4.4): it has none.';

create function access.client_id()
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select access.claims() ->> 'client_id';
$$;
comment on function access.client_id() is 'The client that holds the token (RFC 9068 §2.2).';

create function access.has_scope(p_scope text)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(p_scope = any (string_to_array(access.claims() ->> 'scope', ' ')), false);
$$;
comment on function access.has_scope(text) is
  'Whether the person granted this scope (RFC 6749 §3.3). In a policy: (select access.has_scope(''product:read'')).';

create function access.authorization_details(p_type text, p_action text)
returns setof jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select detail
  from jsonb_array_elements(
    case jsonb_typeof(access.claims() -> 'authorization_details')
      when 'array' then access.claims() -> 'authorization_details'
    end
  ) as detail
  where detail ->> 'type' = p_type
    -- Whatever is there and is not a list that names it says no.
    and (
      not detail ? 'actions'
      or (jsonb_typeof(detail -> 'actions') = 'array' and detail -> 'actions' ? p_action)
    )
    and (
      not detail ? 'locations'
      or (
        jsonb_typeof(detail -> 'locations') = 'array'
        and detail -> 'locations' ? coalesce(access.claims() ->> 'resource', '')
      )
    );
$$;
comment on function access.authorization_details(text, text) is
  'What the person granted of this type (RFC 9396 §2) that allows this action at the token''s resource. No rows by default.';

revoke all on all functions in schema access from public;
grant execute on all functions in schema access to sekisho_person, sekisho_writer;
