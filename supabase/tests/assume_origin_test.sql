-- oauth.assume_origin: whose request the rest of a transaction carries out. Of the address only a prefix.

begin;
select plan(13);

create function pg_temp.prefix_of(p_address text) returns text language plpgsql as $$
begin
  perform oauth.assume_origin(p_request_id => 'request', p_address => p_address);
  return current_setting('oauth.address_prefix');
end
$$;
select is(pg_temp.prefix_of(address), prefix, coalesce(address, 'no address'))
from (values
  ('192.0.2.77', '192.0.2.0/24'),
  ('192.0.2.77/8', '192.0.2.0/24'),
  ('2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'),
  ('::1', '::/48'),
  ('::ffff:192.0.2.77', '192.0.2.0/24'),
  ('::ffff:c000:24d', '192.0.2.0/24'),
  ('no address', ''),
  ('192.0.2.77, 198.51.100.1', ''),
  ('', ''),
  (null, '')
) as tried (address, prefix);
select is(current_setting('oauth.request_id'), 'request', 'the request is named as it was told');
select oauth.assume_origin(p_request_id => null, p_address => null);
select is(current_setting('oauth.request_id'), '', 'or not at all');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.assume_origin'::regproc and grantee <> proowner
  ),
  '{sekisho_oauth}',
  'only sekisho_oauth may execute it'
);

select * from finish();
rollback;
