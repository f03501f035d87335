-- Forms: what form_list and form_responses read, and the function of form_submit. A response is checked here against the
-- fields of its form, not by who sends it. Not exposed to the Data API.

create table shop.forms (
  id uuid not null default gen_random_uuid(),
  owner_id uuid not null,
  title text not null,
  closes_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  constraint forms_pkey primary key (id),
  constraint a_form_has_one_owner unique (id, owner_id),
  constraint a_form_dies_with_its_owner foreign key (owner_id)
    references auth.users (id) on delete cascade,
  constraint a_form_has_a_title check (length(title) between 1 and 200)
);
comment on table shop.forms is 'What a person asks. Answered until closes_at, or for ever.';

create index forms_owner_id_title_id on shop.forms (owner_id, title, id);

create table shop.form_fields (
  form_id uuid not null,
  name text not null,
  owner_id uuid not null,
  place integer not null,
  label text not null,
  type text not null,
  is_required boolean not null default false,
  choices text[],
  at_least numeric,
  at_most numeric,
  constraint form_fields_pkey primary key (form_id, name),
  constraint a_field_is_of_a_form_of_its_owner foreign key (form_id, owner_id)
    references shop.forms (id, owner_id) on delete cascade,
  constraint a_field_has_its_own_place unique (form_id, place),
  constraint a_form_has_at_most_100_fields check (place between 1 and 100),
  constraint a_field_has_a_plain_name check (name ~ '^[a-z][a-z0-9_]{0,62}$'),
  constraint a_field_has_a_label check (length(label) between 1 and 200),
  constraint a_field_is_of_a_known_type check (
    type in ('text', 'integer', 'number', 'boolean', 'date', 'choice', 'choices')
  ),
  constraint a_choice_is_one_of_several check ((type in ('choice', 'choices')) = (choices is not null)),
  constraint choices_can_be_shown check (
    choices is null
    or (cardinality(choices) between 1 and 100 and array_ndims(choices) = 1 and array_position(choices, null) is null)
  ),
  constraint a_limit_is_of_what_can_be_measured check (
    type in ('text', 'integer', 'number', 'choices') or (at_least is null and at_most is null)
  ),
  constraint limits_leave_something_between check (at_least <= at_most)
);
comment on table shop.form_fields is 'The questions of a form, in the order of their places.';
comment on column shop.form_fields.at_least is
  'Of the length of a text, the value of a number, the count of choices. So is at_most.';

create table shop.form_responses (
  id uuid not null default gen_random_uuid(),
  owner_id uuid not null,
  form_id uuid not null,
  client_id text not null,
  answers jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  constraint form_responses_pkey primary key (id),
  constraint a_response_is_to_a_form_of_its_owner foreign key (form_id, owner_id)
    references shop.forms (id, owner_id) on delete cascade,
  constraint answers_are_an_object check (jsonb_typeof(answers) = 'object')
);
comment on table shop.form_responses is
  'What was answered, by name of the field, as the form was then. What was left out is not there.';
comment on column shop.form_responses.client_id is
  'The client that sent it. Not a reference: the response outlives the client.';

create index form_responses_owner_id_form_id_created_at_id on shop.form_responses (owner_id, form_id, created_at, id);

alter table shop.forms enable row level security;
alter table shop.form_fields enable row level security;
alter table shop.form_responses enable row level security;
grant select on shop.forms, shop.form_fields, shop.form_responses to sekisho_person;
grant select on shop.forms, shop.form_fields to sekisho_writer;
grant insert on shop.form_responses to sekisho_writer;

create policy a_person_reads_own_forms_with_the_scope on shop.forms
  for select to sekisho_person
  using (owner_id = (select access.person_id()) and (select access.has_scope('form:read')));
comment on policy a_person_reads_own_forms_with_the_scope on shop.forms is 'form:read shows what is asked.';

create policy a_person_answers_own_forms_with_the_scope on shop.forms
  for select to sekisho_writer
  using (owner_id = (select access.person_id()) and (select access.has_scope('form:write')));
comment on policy a_person_answers_own_forms_with_the_scope on shop.forms is
  'What shop.submit_form finds: nothing without form:write.';

create policy a_person_reads_own_fields_with_the_scope on shop.form_fields
  for select to sekisho_person
  using (owner_id = (select access.person_id()) and (select access.has_scope('form:read')));
comment on policy a_person_reads_own_fields_with_the_scope on shop.form_fields is 'As the form, so its fields.';

create policy a_person_answers_own_fields_with_the_scope on shop.form_fields
  for select to sekisho_writer
  using (owner_id = (select access.person_id()) and (select access.has_scope('form:write')));
comment on policy a_person_answers_own_fields_with_the_scope on shop.form_fields is 'What a response is checked against.';

create policy a_person_reads_own_responses_with_the_scope on shop.form_responses
  for select to sekisho_person
  using (owner_id = (select access.person_id()) and (select access.has_scope('form:read')));
comment on policy a_person_reads_own_responses_with_the_scope on shop.form_responses is
  'form:read shows what was answered.';

create policy a_person_writes_own_responses_with_the_scope on shop.form_responses
  for insert to sekisho_writer
  with check (
    owner_id = (select access.person_id())
    and client_id = (select access.client_id())
    and (select access.has_scope('form:write'))
  );
comment on policy a_person_writes_own_responses_with_the_scope on shop.form_responses is
  'A response is the person''s and says which client sent it. Nobody who writes can read it.';

create function shop.find_answer_problems(p_form_id uuid, p_answers jsonb)
returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  with judged as (
    select field.name, field.place, case
      when answer.value is null or (answer.content in ('""', '[]') and field.is_required)
        then case when field.is_required then 'required' end
      when not shape.fits then 'wrong_type'
      when field.type in ('choice', 'choices') and not chosen.all_known then 'not_a_choice'
      when field.type = 'choices' and not chosen.all_different then 'repeated_choice'
      when measured.size < field.at_least then 'too_small'
      when measured.size > field.at_most then 'too_large'
    end as problem
    from shop.form_fields as field
    -- null says as much as leaving out.
    cross join lateral (
      select
        nullif(p_answers -> field.name, 'null') as value,
        (p_answers -> field.name)::text as content,
        p_answers ->> field.name as text,
        jsonb_typeof(p_answers -> field.name) as type
    ) as answer
    -- What is cast below was looked at first: case decides in order.
    cross join lateral (
      select case field.type
        when 'text' then answer.type = 'string'
        when 'choice' then answer.type = 'string'
        when 'boolean' then answer.type = 'boolean'
        when 'number' then answer.type = 'number'
        when 'integer' then case when answer.type = 'number'
          -- What JSON numbers hold exactly.
          then answer.text::numeric = trunc(answer.text::numeric) and abs(answer.text::numeric) < 9007199254740992
          else false
        end
        when 'date' then case when answer.type = 'string'
          and answer.text ~ '^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$'
          -- The day exists if it is not after the last one of its month.
          then right(answer.text, 2)::integer <= extract(
            day from (left(answer.text, 8) || '01')::date + interval '1 month' - interval '1 day'
          )
          else false
        end
        else case when answer.type = 'array'
          then not jsonb_path_exists(answer.value, 'strict $[*] ? (@.type() != "string")')
          else false
        end
      end as fits
    ) as shape
    cross join lateral (
      select
        coalesce(bool_and(choice = any (field.choices)), true) as all_known,
        count(distinct choice) = count(*) as all_different,
        count(*) as count
      from jsonb_array_elements_text(
        case when field.type in ('choice', 'choices') and shape.fits
          then case field.type when 'choice' then jsonb_build_array(answer.value) else answer.value end
        end
      ) as choice
    ) as chosen
    cross join lateral (
      select case when shape.fits then
        case field.type
          when 'text' then length(answer.text)
          when 'choices' then chosen.count
          when 'integer' then answer.text::numeric
          when 'number' then answer.text::numeric
        end
      end as size
    ) as measured
    where field.form_id = p_form_id
  )
  select coalesce(jsonb_agg(jsonb_build_object('field', name, 'problem', problem) order by place), '[]')
    || case when exists (
      select from jsonb_object_keys(p_answers) as answered where answered not in (select name from judged)
    )
      then '[{"problem": "unknown_field"}]'::jsonb
      else '[]'
    end
  from judged
  where problem is not null;
$$;
comment on function shop.find_answer_problems(uuid, jsonb) is
  'What is wrong with answers (a JSON object): a list of {field, problem}, empty when nothing is. Problems: required, wrong_type, not_a_choice, repeated_choice, too_small, too_large; and, of no field, unknown_field. Acts with its caller''s rights.';

create function shop.submit_form(p_form_id uuid, p_answers jsonb)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := clock_timestamp();
  v_id uuid := gen_random_uuid();
  v_form shop.forms;
  v_problems jsonb;
begin
  if access.person_id() is null or not access.has_scope('form:write') then
    return jsonb_build_object('outcome', 'not_granted');
  end if;
  if (jsonb_typeof(p_answers) = 'object' and octet_length(p_answers::text) <= 65536) is not true then
    return jsonb_build_object('outcome', 'answers_invalid');
  end if;
  select * into v_form from shop.forms where id = p_form_id;
  if not found then
    return jsonb_build_object('outcome', 'form_unknown');
  end if;
  if v_form.closes_at <= v_now then
    return jsonb_build_object('outcome', 'form_closed');
  end if;
  v_problems := shop.find_answer_problems(p_form_id => v_form.id, p_answers => p_answers);
  if v_problems <> '[]' then
    return jsonb_build_object('outcome', 'answers_wrong', 'problems', v_problems);
  end if;
  insert into shop.form_responses (id, owner_id, form_id, client_id, answers, created_at)
  values (v_id, v_form.owner_id, v_form.id, access.client_id(), jsonb_strip_nulls(p_answers), v_now);
  return jsonb_build_object('outcome', 'submitted', 'response', jsonb_build_object(
    'id', v_id,
    'form_id', v_form.id,
    'created_at', v_now
  ));
end
$$;
comment on function shop.submit_form(uuid, jsonb) is
  'Answers a form. Outcomes: submitted (with response), not_granted, answers_invalid (no object, or more than 64 KiB), form_unknown, form_closed, answers_wrong (with problems: see shop.find_answer_problems).';

revoke all on all functions in schema shop from public;
grant execute on function shop.find_answer_problems(uuid, jsonb) to sekisho_writer;
grant execute on function shop.submit_form(uuid, jsonb) to sekisho_person;

-- To own a function one must be able to create in its schema: for this moment only.
grant create on schema shop to sekisho_writer;
alter function shop.submit_form(uuid, jsonb) owner to sekisho_writer;
revoke create on schema shop from sekisho_writer;
