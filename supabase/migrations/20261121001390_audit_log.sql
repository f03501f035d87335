-- The audit trail in words, for the operator in the dashboard.

create view oauth.audit_log with (security_invoker = true) as
select
  audited.occurred_at,
  case audited.event
    when 'api_key_created' then 'A person made an API key'
    when 'api_key_revoked' then 'An API key was revoked'
    when 'authorization_requested' then 'A client asked for authorization'
    when 'client_blocked' then 'The operator blocked a client'
    when 'client_drifted' then 'A client''s document changed who it is'
    when 'client_keys_changed' then 'A client changed its keys'
    when 'client_name_borrowed' then 'A client came with the name of a well-known one'
    when 'client_registered' then case audited.details ->> 'origin'
      when 'registered' then 'A client registered itself'
      when 'document' then 'A client was read from its document'
      else 'The operator registered a client'
    end
    when 'client_unblocked' then 'The operator unblocked a client'
    when 'client_unverified' then 'The operator took an approval back'
    when 'client_verified' then 'The operator approved a client'
    when 'code_issued' then 'A client was sent a code'
    when 'code_replayed' then 'A used code was presented again'
    when 'consented' then 'A person allowed a client'
    when 'denied' then 'A person denied a client'
    when 'rate_limited' then 'A client asked too often'
    when 'refresh_replayed' then 'A used refresh token was presented again within its window'
    when 'registration_token_created' then 'The operator made a registration token'
    when 'registration_token_revoked' then 'The operator revoked a registration token'
    when 'request_refused' then 'A request was refused'
    when 'signing_key_created' then 'A signing key was made'
    when 'signing_key_revoked' then 'The operator revoked a signing key'
    when 'tokens_issued' then case audited.details ->> 'grant'
      when 'client_credentials' then 'A client got a token in its own name'
      else 'A client got its first tokens'
    end
    when 'tokens_refreshed' then 'A client refreshed its tokens'
    when 'tokens_revoked' then 'Tokens were revoked'
  end as what,
  coalesce(
    audited.details ->> 'because',
    audited.details ->> 'reason',
    audited.details ->> 'name',
    (select string_agg(listed.part, ', ') from jsonb_array_elements_text(audited.details -> 'changed') as listed (part))
  ) as why,
  coalesce(person.email::text, audited.person_id::text) as person,
  coalesce(client.name, audited.client_id) as client,
  audited.resource,
  (select string_agg(listed.part, ' ') from jsonb_array_elements_text(audited.details -> 'scope') as listed (part)) as scope,
  audited.address_prefix,
  audited.request_id,
  audited.event,
  audited.person_id,
  audited.client_id,
  audited.family_id
from oauth.audit_events as audited
left join auth.users as person on person.id = audited.person_id
left join oauth.clients as client on client.id = audited.client_id
order by audited.occurred_at desc, audited.id desc;
comment on view oauth.audit_log is
  'For the operator: what happened in the last 90 days, newest first. request_id is the X-Request-Id of the answer and the id of the log line.';

revoke all on oauth.audit_log from public;
