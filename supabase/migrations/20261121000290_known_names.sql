-- Names that people know (RFC 7591 §5, RFC 9700 §4.11.1): a client may call itself as it likes, but whoever takes a known
-- name and sends the answers elsewhere is flagged, in the audit trail and on the consent page. A warning and no refusal:
-- a name proves nothing either way.

create table oauth.known_names (
  name text not null,
  hosts text[] not null,
  constraint known_names_pkey primary key (name),
  constraint a_known_name_is_lower_case_letters check (name ~ '^[a-z]{4,50}$'),
  constraint a_known_host_is_a_host check (array_to_string(hosts, ' ') ~ '^([a-z0-9.-]+( [a-z0-9.-]+)*)?$')
);
comment on table oauth.known_names is
  'What well-known clients are called, and the hosts to which their answers go, with all below them. The operator may add to it.';

insert into oauth.known_names (name, hosts) values
  ('chatgpt', '{chatgpt.com,openai.com}'),
  ('claude', '{claude.ai,claude.com,anthropic.com}'),
  ('cursor', '{cursor.com,cursor.sh}'),
  ('gemini', '{google.com}'),
  ('mcpinspector', '{}'),
  ('visualstudiocode', '{vscode.dev}'),
  ('vscode', '{vscode.dev}');

alter table oauth.known_names enable row level security;

create function oauth.name_is_borrowed(p_name text, p_redirect_uris text[])
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select
    from oauth.known_names as known, unnest(p_redirect_uris) as redirect_uri
    -- Where a word begins, whatever stands between its letters: `Chat GPT`, `c.l.a.u.d.e`; not `Precursor`.
    where lower(normalize(p_name, nfkc)) ~ ('\m' || array_to_string(regexp_split_to_array(known.name, ''), '[^[:alnum:]]*'))
      -- Answers to this computer (RFC 8252 §7) reach nobody elsewhere: every desktop app has such addresses.
      and redirect_uri ~* '^https:'
      and not exists (
        select
        from unnest(known.hosts) as host
        where '.' || lower(substring(redirect_uri from '^[^:]+://([^/?#:]+)')) like '%.' || host
      )
  );
$$;
comment on function oauth.name_is_borrowed(text, text[]) is
  'Whether this is the name of a well-known client while one of these redirect URIs is a web address of somebody else. Private to this schema.';

create function oauth.flag_borrowed_name(p_client_id text, p_name text, p_redirect_uris text[])
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if oauth.name_is_borrowed(p_name => p_name, p_redirect_uris => p_redirect_uris) then
    perform oauth.record_event(p_event => 'client_name_borrowed', p_client_id => p_client_id);
  end if;
end
$$;
comment on function oauth.flag_borrowed_name(text, text, text[]) is
  'Tells the audit trail of a client that has a borrowed name. Private to this schema.';

revoke all on all functions in schema oauth from public;
