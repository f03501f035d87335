-- oauth.list_resources: what metadata, consent and the resource parameter know (RFC 8707, RFC 9728).

begin;
select plan(3);

delete from oauth.resources;
select is(oauth.list_resources(), '[]', 'without resources it is an empty list, not null');

select oauth.record_resource('https://two.test/mcp', 'Two', '[]', '{b:read}', true);
select oauth.record_resource(
  'https://one.test/mcp',
  'One',
  '[{"name": "a:read", "description": {"en": "Read", "ja": "読む"}, "tools": ["a"]}]',
  '{a:read,a:write}',
  false
);
select is(
  oauth.list_resources(),
  '[
    {
      "identifier": "https://one.test/mcp",
      "name": "One",
      "scopes": [{"name": "a:read", "description": {"en": "Read", "ja": "読む"}, "tools": ["a"]}],
      "default_scope": ["a:read", "a:write"],
      "is_default": false
    },
    {
      "identifier": "https://two.test/mcp",
      "name": "Two",
      "scopes": [],
      "default_scope": ["b:read"],
      "is_default": true
    }
  ]',
  'every resource, in the order of identifiers'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.list_resources'::regproc and grantee <> proowner
  ),
  '{sekisho_oauth}',
  'only sekisho_oauth may execute it'
);

select * from finish();
rollback;
