-- shop.submit_form: keeps answers that fit the form, with form:write, to the person's own forms. It reads no response.

begin;
select plan(32);

insert into auth.users (id, email) values
  ('00000000-0000-4000-8000-00000000000a', 'a@example.test'),
  ('00000000-0000-4000-8000-00000000000b', 'b@example.test');
insert into shop.forms (id, owner_id, title, closes_at)
select
  ('20000000-0000-4000-8000-00000000000' || id)::uuid, ('00000000-0000-4000-8000-00000000000' || owner)::uuid, id,
  now() + closes
from (values
  ('1', 'a', interval '1 day'), ('2', 'a', interval '-1 second'), ('3', 'a', null), ('b', 'b', null)
) as form (id, owner, closes);
insert into shop.form_fields (form_id, name, owner_id, place, label, type, is_required, at_most)
select id, name, owner_id, place, name, type, name = 'name', at_most
from shop.forms, (values ('name', 1, 'text', 10), ('guests', 2, 'integer', 4), ('note', 3, 'text', null)) as field (name, place, type, at_most);

create function pg_temp.claims(p_person text, p_scope text) returns void language sql as $$
  select set_config('request.jwt.claims', jsonb_build_object(
    'sub', '00000000-0000-4000-8000-00000000000' || p_person, 'client_id', 'client_a', 'scope', p_scope
  )::text, true);
$$;
create function pg_temp.submit(p_form text, p_answers jsonb default '{"name": "x"}') returns jsonb language plpgsql as $$
declare
  v_answer jsonb;
begin
  set local role sekisho_person;
  v_answer := shop.submit_form(
    p_form_id => ('20000000-0000-4000-8000-00000000000' || p_form)::uuid, p_answers => p_answers
  );
  reset role;
  return v_answer;
end
$$;

-- Person and scope.
select is(pg_temp.submit('1'), '{"outcome": "not_granted"}', 'without claims');
select pg_temp.claims('a', 'form:read order:write');
select is(pg_temp.submit('1'), '{"outcome": "not_granted"}', 'without the scope');
select pg_temp.claims(null, 'form:write');
select is(pg_temp.submit('1'), '{"outcome": "not_granted"}', 'a service token');
select pg_temp.claims('a', 'form:write');
select is(pg_temp.submit('b'), '{"outcome": "form_unknown"}', 'another person''s form does not exist');
select is(pg_temp.submit('9'), '{"outcome": "form_unknown"}', 'as one that does not exist');
select is(pg_temp.submit('2'), '{"outcome": "form_closed"}', 'what is closed takes nothing');

-- Answers.
select is(pg_temp.submit('1', null), '{"outcome": "answers_invalid"}', 'nothing');
select is(pg_temp.submit('1', 'null'), '{"outcome": "answers_invalid"}', 'null');
select is(pg_temp.submit('1', '[]'), '{"outcome": "answers_invalid"}', 'a list');
select is(pg_temp.submit('1', '"name"'), '{"outcome": "answers_invalid"}', 'a text');
select is(
  pg_temp.submit('1', jsonb_build_object('name', 'x', 'note', repeat('a', 65536))), '{"outcome": "answers_invalid"}', 'too much'
);
select is(
  pg_temp.submit('1', '{"guests": 5}'),
  '{
    "outcome": "answers_wrong",
    "problems": [{"field": "name", "problem": "required"}, {"field": "guests", "problem": "too_large"}]
  }',
  'what does not fit the form is said by field'
);
select is(
  pg_temp.submit('1', '{"name": "x", "secret": "y"}'),
  '{"outcome": "answers_wrong", "problems": [{"problem": "unknown_field"}]}', 'and what the form does not ask'
);
select is((select count(*) from shop.form_responses), 0::bigint, 'none of these left a response');

create temp table answer as select pg_temp.submit('1', '{"name": "x", "guests": 4, "note": null}') as submitted;
select is(submitted ->> 'outcome', 'submitted', 'what fits is kept') from answer;
select results_eq(
  'select id, owner_id, form_id, client_id, answers, created_at from shop.form_responses',
  $$
    select (submitted #>> '{response,id}')::uuid, '00000000-0000-4000-8000-00000000000a'::uuid,
      (submitted #>> '{response,form_id}')::uuid, 'client_a', '{"name": "x", "guests": 4}'::jsonb,
      (submitted #>> '{response,created_at}')::timestamptz
    from answer
  $$,
  'as the person''s, saying which client sent it, without what was left out'
);
select is(submitted #>> '{response,form_id}', '20000000-0000-4000-8000-000000000001', 'to that form') from answer;
select is(pg_temp.submit('1') ->> 'outcome', 'submitted', 'a form is answered as often as one likes');
select is(pg_temp.submit('3') ->> 'outcome', 'submitted', 'and one without an end at any time');
select is((select count(*) from shop.form_responses), 3::bigint, 'three responses');

-- What the constraints say, whoever writes.
select throws_ok($$ update shop.form_responses set answers = '[]' $$, '23514', null, 'answers are an object');
select throws_ok(
  $$ update shop.form_responses set owner_id = '00000000-0000-4000-8000-00000000000b' $$, '23503', null,
  'a response of one person cannot be to another''s form'
);
create function pg_temp.field(p_name text, p_type text, p_choices text[], p_least numeric, p_most numeric) returns void language sql as $$
  insert into shop.form_fields (form_id, name, owner_id, place, label, type, choices, at_least, at_most)
  select id, p_name, owner_id, 9, 'a label', p_type, p_choices, p_least, p_most from shop.forms where title = '3';
$$;
select throws_ok($$ select pg_temp.field('Name', 'text', null, null, null) $$, '23514', null, 'names are plain');
select throws_ok($$ select pg_temp.field('x', 'email', null, null, null) $$, '23514', null, 'types are known');
select throws_ok($$ select pg_temp.field('x', 'choice', null, null, null) $$, '23514', null, 'a choice has choices');
select throws_ok($$ select pg_temp.field('x', 'text', '{a}', null, null) $$, '23514', null, 'and nothing else has');
select throws_ok($$ select pg_temp.field('x', 'choice', '{}', null, null) $$, '23514', null, 'at least one');
select throws_ok($$ select pg_temp.field('x', 'choices', '{a,null}', null, null) $$, '23514', null, 'null is none');
select throws_ok($$ select pg_temp.field('x', 'date', null, 1, null) $$, '23514', null, 'a date has no size');
select throws_ok($$ select pg_temp.field('x', 'integer', null, 2, 1) $$, '23514', null, 'limits leave something between');
delete from auth.users where email = 'a@example.test';
select is(
  (select count(*) from shop.form_responses) + (select count(*) from shop.form_fields where owner_id::text ~ 'a$'), 0::bigint,
  'fields and responses go with their owner'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'shop.submit_form'::regproc and grantee <> proowner
  ),
  '{sekisho_person}',
  'only sekisho_person may execute it'
);

select * from finish();
rollback;
