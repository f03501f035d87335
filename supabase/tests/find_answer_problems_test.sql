-- shop.find_answer_problems: answers against the fields of their form. What is wrong is said by field, in the order of the
-- form; nothing of the answers is repeated, and no input is an error.

begin;
select plan(72);

insert into auth.users (id, email) values ('00000000-0000-4000-8000-00000000000a', 'a@example.test');
insert into shop.forms (id, owner_id, title) values
  ('20000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000a', 'every type'),
  ('20000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-00000000000a', 'required'),
  ('20000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-00000000000a', 'no fields');
insert into shop.form_fields (form_id, name, owner_id, place, label, type, is_required, choices, at_least, at_most)
select
  ('20000000-0000-4000-8000-00000000000' || form)::uuid, name, '00000000-0000-4000-8000-00000000000a', place, name, type,
  form = 2, choices::text[], at_least, at_most
from (values
  (1, 'text', 1, 'text', null, 2, 5), (1, 'free', 2, 'text', null, null, null), (1, 'integer', 3, 'integer', null, -3, 10),
  (1, 'number', 4, 'number', null, 0.5, 1.5), (1, 'boolean', 5, 'boolean', null, null, null),
  (1, 'date', 6, 'date', null, null, null), (1, 'choice', 7, 'choice', '{a,b}', null, null),
  (1, 'choices', 8, 'choices', '{a,b,c}', 1, 2), (1, 'any', 9, 'integer', null, null, null),
  (2, 'second', 2, 'choices', '{a,b}', null, null), (2, 'first', 1, 'text', null, null, null)
) as field (form, name, place, type, choices, at_least, at_most);

create function pg_temp.problems(p_answers jsonb, p_form text default '1') returns jsonb language sql as $$
  select shop.find_answer_problems(
    p_form_id => ('20000000-0000-4000-8000-00000000000' || p_form)::uuid, p_answers => p_answers
  );
$$;
-- What is wrong with one answer, or null.
create function pg_temp.problem(p_field text, p_value text) returns text language sql as $$
  select case when jsonb_array_length(found.problems) > 1 then 'several' else found.problems #>> '{0,problem}' end
  from pg_temp.problems(jsonb_build_object(p_field, p_value::jsonb)) as found (problems);
$$;

select is(pg_temp.problems('{}'), '[]', 'nothing is required: nothing is wrong with nothing');
select is(
  pg_temp.problems('{
    "text": "hello", "free": "", "integer": 7, "number": 1.25, "boolean": false, "date": "2026-02-28", "choice": "a",
    "choices": ["c", "a"], "any": 0
  }'),
  '[]', 'one of everything'
);
select is(pg_temp.problems('{"text": null, "integer": null, "choices": null}'), '[]', 'null says as much as leaving out');

select is(pg_temp.problem('text', '"ab"'), null, 'text: the shortest');
select is(pg_temp.problem('text', '"abcde"'), null, 'the longest');
select is(pg_temp.problem('text', '"日本語です"'), null, 'counted in characters');
select is(pg_temp.problem('text', '"a"'), 'too_small', 'too short');
select is(pg_temp.problem('text', '"abcdef"'), 'too_large', 'too long');
select is(pg_temp.problem('text', '""'), 'too_small', 'empty is not left out');
select is(pg_temp.problem('text', '12'), 'wrong_type', 'a number is no text');
select is(pg_temp.problem('text', 'true'), 'wrong_type', 'nor is a boolean');
select is(pg_temp.problem('text', '["ab"]'), 'wrong_type', 'nor a list');
select is(pg_temp.problem('text', '{"a": "b"}'), 'wrong_type', 'nor an object');
select is(pg_temp.problem('free', to_jsonb(repeat('a', 10000))::text), null, 'a text without limits');

select is(pg_temp.problem('integer', '-3'), null, 'integer: the least');
select is(pg_temp.problem('integer', '10'), null, 'the most');
select is(pg_temp.problem('integer', '1.0e1'), null, 'however it is written');
select is(pg_temp.problem('integer', '-4'), 'too_small', 'less');
select is(pg_temp.problem('integer', '11'), 'too_large', 'more');
select is(pg_temp.problem('integer', '1.5'), 'wrong_type', 'a part is no integer');
select is(pg_temp.problem('integer', '"1"'), 'wrong_type', 'nor is a text');
select is(pg_temp.problem('integer', 'true'), 'wrong_type', 'nor a boolean');
select is(pg_temp.problem('integer', '[1]'), 'wrong_type', 'nor a list');
select is(pg_temp.problem('any', '9007199254740991'), null, 'the largest that JSON holds exactly');
select is(pg_temp.problem('any', '-9007199254740991'), null, 'and the smallest');
select is(pg_temp.problem('any', '9007199254740992'), 'wrong_type', 'beyond it no number is exact');
select is(pg_temp.problem('any', '1e300'), 'wrong_type', 'by far');

select is(pg_temp.problem('number', '0.5'), null, 'number: the least');
select is(pg_temp.problem('number', '1.5'), null, 'the most');
select is(pg_temp.problem('number', '0.49'), 'too_small', 'less');
select is(pg_temp.problem('number', '1.51'), 'too_large', 'more');
select is(pg_temp.problem('number', '"1"'), 'wrong_type', 'a text is no number');

select is(pg_temp.problem('boolean', 'true'), null, 'boolean');
select is(pg_temp.problem('boolean', '"true"'), 'wrong_type', 'a text is no boolean');
select is(pg_temp.problem('boolean', '1'), 'wrong_type', 'nor is a number');

select is(pg_temp.problem('date', '"2026-12-31"'), null, 'date: the last day of a year');
select is(pg_temp.problem('date', '"2024-02-29"'), null, 'a leap day');
select is(pg_temp.problem('date', '"9999-12-31"'), null, 'the last that can be written so');
select is(pg_temp.problem('date', '"0001-01-01"'), null, 'and the first');
select is(pg_temp.problem('date', '"2026-02-29"'), 'wrong_type', 'a day that does not exist');
select is(pg_temp.problem('date', '"1900-02-29"'), 'wrong_type', 'nor in 1900');
select is(pg_temp.problem('date', '"2026-04-31"'), 'wrong_type', 'nor in April');
select is(pg_temp.problem('date', '"2026-13-01"'), 'wrong_type', 'a month that does not exist');
select is(pg_temp.problem('date', '"2026-00-01"'), 'wrong_type', 'nor month 0');
select is(pg_temp.problem('date', '"2026-01-00"'), 'wrong_type', 'nor day 0');
select is(pg_temp.problem('date', '"0000-01-01"'), 'wrong_type', 'nor year 0');
select is(pg_temp.problem('date', '"2026-1-1"'), 'wrong_type', 'written short');
select is(pg_temp.problem('date', '"tomorrow"'), 'wrong_type', 'in words');
select is(pg_temp.problem('date', '"infinity"'), 'wrong_type', 'for ever');
select is(pg_temp.problem('date', '"2026-01-01\n"'), 'wrong_type', 'with a line break');
select is(pg_temp.problem('date', '"2026-01-01T00:00:00Z"'), 'wrong_type', 'with a time');
select is(pg_temp.problem('date', '20260101'), 'wrong_type', 'a number is no date');

select is(pg_temp.problem('choice', '"b"'), null, 'choice: one of them');
select is(pg_temp.problem('choice', '"c"'), 'not_a_choice', 'none of them');
select is(pg_temp.problem('choice', '"A"'), 'not_a_choice', 'byte for byte');
select is(pg_temp.problem('choice', '["a"]'), 'wrong_type', 'a list is no choice');

select is(pg_temp.problem('choices', '["a"]'), null, 'choices: the fewest');
select is(pg_temp.problem('choices', '["b", "a"]'), null, 'the most');
select is(pg_temp.problem('choices', '[]'), 'too_small', 'too few');
select is(pg_temp.problem('choices', '["a", "b", "c"]'), 'too_large', 'too many');
select is(pg_temp.problem('choices', '["a", "d"]'), 'not_a_choice', 'one of them is none');
select is(pg_temp.problem('choices', '["a", "a"]'), 'repeated_choice', 'one twice');
select is(pg_temp.problem('choices', '"a"'), 'wrong_type', 'a text is no list');
select is(pg_temp.problem('choices', '["a", null]'), 'wrong_type', 'nor is null in it a choice');
select is(pg_temp.problem('choices', '[["a"]]'), 'wrong_type', 'nor a list in it');

select is(
  pg_temp.problems('{}', '2'),
  '[{"field": "first", "problem": "required"}, {"field": "second", "problem": "required"}]', 'what is required, in the order of the form'
);
select is(
  pg_temp.problems('{"first": "", "second": []}', '2') , pg_temp.problems('{"first": null}', '2'), 'empty is not an answer to it'
);
select is(pg_temp.problems('{"first": "x", "second": ["a"]}', '2'), '[]', 'answered');
select is(
  pg_temp.problems('{"secret": 1, "first": "x", "second": ["z"], "other": 2}', '2'),
  '[{"field": "second", "problem": "not_a_choice"}, {"problem": "unknown_field"}]',
  'what nobody asked is said once, without its name'
);
select is(pg_temp.problems('{"x": null}', '3'), '[{"problem": "unknown_field"}]', 'a form without fields asks nothing');
select is(pg_temp.problems('{}', '3'), '[]', 'and nothing is its answer');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'shop.find_answer_problems'::regproc and grantee <> proowner
  ),
  '{sekisho_writer}',
  'only sekisho_writer may execute it'
);

select * from finish();
rollback;
