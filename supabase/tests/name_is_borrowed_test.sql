-- oauth.name_is_borrowed: who is called like a well-known client, with answers to somebody else's web address.

begin;
select plan(23);

create function pg_temp.borrows(p_name text, p_uris text[] default '{https://evil.test/callback}')
returns boolean language sql as $$
  select oauth.name_is_borrowed(p_name => p_name, p_redirect_uris => p_uris);
$$;

select ok(pg_temp.borrows(name), format('%s is a known name', name))
from unnest(array[
  'Claude', 'CLAUDE desktop', 'My Claude', 'c l a u d e', 'C.l-a_u.d.e', 'ChatGPT', 'Chat GPT', 'Ｃｌａｕｄｅ', '𝐂laude', 'VS Code',
  'Visual Studio Code', 'MCP Inspector', 'Claude（公式）'
]) as name;
select ok(not pg_temp.borrows(name), format('%s is none', name))
from unnest(array['Precursor', 'Shop helper', 'Chat', '']) as name;

select ok(not pg_temp.borrows('Claude', '{https://claude.ai/api/mcp/auth_callback}'), 'its own address');
select ok(not pg_temp.borrows('Claude', '{https://CLAUDE.AI:443/x,https://www.claude.com/x}'), 'and what is below it');
select ok(not pg_temp.borrows('Claude', '{http://127.0.0.1/cb,com.anthropic.claude:/cb}'), 'an app on this computer');
select ok(
  pg_temp.borrows('Claude', '{https://claude.ai/cb,https://evil.test/cb}'), 'one address of another is enough'
);
select ok(
  pg_temp.borrows('Claude', array['https://notclaude.ai/', 'https://claude.ai.evil.test/'])
  and pg_temp.borrows('Claude', '{https://notclaude.ai/}') and pg_temp.borrows('Claude', '{https://claude.ai.evil.test/}'),
  'an address that only looks like its own'
);

insert into oauth.known_names (name, hosts) values ('acme', '{acme.test}');
select ok(pg_temp.borrows('Acme') and not pg_temp.borrows('Acme', '{https://acme.test/}'), 'the operator may add names');

select * from finish();
rollback;
