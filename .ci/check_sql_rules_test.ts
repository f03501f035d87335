/** Each rule of check_sql_rules: a planted violation is caught under its name, and its clean twin passes. */
import assert from "node:assert/strict";
import { checkSqlRules } from "./check_sql_rules.ts";
import { checkPlanted } from "./planted_tree.ts";

const migration = (text: string, name = "20260101000000_clients.sql") => ({
  [`supabase/migrations/${name}`]: text,
});

/** `bad` yields exactly one finding, which contains `expected`; `good` none. */
function rule(name: string, bad: string, expected: string, good: string): void {
  Deno.test(`checkSqlRules ${name}`, async () => {
    const caught = await checkPlanted(checkSqlRules, migration(bad));
    assert.equal(caught.length, 1, caught.join("\n"));
    assert.ok(caught[0]?.includes(expected), `${caught[0]} ∌ ${expected}`);
    assert.deepEqual(await checkPlanted(checkSqlRules, migration(good)), []);
  });
}

const comment = "comment on function oauth.f(text) is 'x';\n";
const head = "create function oauth.f(p text)\nreturns text language sql";
const pinned = "set search_path = pg_catalog, pg_temp";
const body = "as $$ select 1; $$;\n";
const whole = `${head} stable ${pinned} ${body}${comment}`;

rule("upper-case keyword", "\nSELECT 1;", ":2 lower_case: SQL is lower case: SELECT", "select 1;");
rule(
  "upper-case in a function body",
  whole.replace("select 1", "select 1\nFROM t"),
  ":3 lower_case: SQL is lower case: FROM",
  whole.replace("select 1", "select 'SELECT' -- SELECT\n/* FROM /* A */ B */ from t where a = E'it''s A'"),
);
rule(
  "upper-case outside quotes only",
  "select 'it''s' AS a;",
  "lower_case: SQL is lower case: AS",
  "select 'A' as \"Name\", $x$ A; B $x$ as b; comment on schema oauth is $$ Text; $$;",
);
rule(
  "volatility",
  `${head} ${pinned} ${body.replace("select", "/* stable */ select stable,")}${comment}`,
  ":1 volatility: oauth.f",
  whole,
);
rule(
  "search_path",
  `${head} stable set search_path = 'public' ${body}${comment}`,
  ":1 search_path: oauth.f lacks set search_path = pg_catalog, pg_temp",
  whole.replace("=", "to"),
);
rule(
  "empty search_path",
  `${head} stable set search_path = '' ${body}${comment}`,
  ":1 search_path: oauth.f lacks set search_path = pg_catalog, pg_temp",
  whole,
);
rule("comment on function", whole.replace(comment, ""), "comment: oauth.f has no comment on function", whole);
rule(
  "comment on every overload",
  whole + whole.replace("p text", "p bytea").replace(comment, ""),
  "comment: oauth.f has no comment on function",
  whole + whole.replaceAll("text)", "bytea)"),
);

const table = "create table oauth.a (id text, b text references oauth.b (id, c) on delete cascade);\n";
const secured = "alter table oauth.a enable row level security;\n";
const described = "comment on table oauth.a is 'x';\n";
rule("row security", table + described, ":1 row_security: oauth.a", table + secured + described);
rule(
  "row security of the right table",
  table + described + secured.replace("oauth.a", "oauth.ab"),
  "row_security: oauth.a",
  table + described + "alter table if exists only oauth.a enable row level security;",
);
rule(
  "comment on table",
  table + secured,
  "comment: oauth.a has no comment on table",
  table + secured + described,
);
rule(
  "on delete of a column",
  `create table oauth.a (b text\nreferences oauth.b (id), c text default 'on delete'); ${secured}${described}`,
  ":2 on_delete",
  `create table oauth.a (b text references oauth.b (id) on delete set null, c text); ${secured}${described}`,
);
rule(
  "on delete of each constraint",
  "alter table oauth.a add foreign key (b) references oauth.b, add foreign key (c) references oauth.c on delete cascade;",
  "on_delete",
  "grant references on oauth.a to x; alter table oauth.a add foreign key (b) references oauth.b (b) on delete restrict;",
);
rule(
  "enum",
  "create type oauth.state as enum ('a', 'b');",
  ":1 enum",
  "create type oauth.pair as (a text, b text); create temp table t (a text);",
);

Deno.test("checkSqlRules a function replaced later keeps its comment", async () => {
  const later = whole.replace("create", "create or replace").replace(comment, "");
  const files = { ...migration(whole), ...migration(later, "20260102000000_clients_again.sql") };
  assert.deepEqual(await checkPlanted(checkSqlRules, files), []);
  assert.match((await checkPlanted(checkSqlRules, migration(later))).join(), /comment: oauth\.f/);
});

for (
  const name of [
    "2026_clients.sql",
    "20260101000000_Clients.sql",
    "20260101000000.sql",
    "20260101000000_a-b.sql",
  ]
) {
  Deno.test(`checkSqlRules file name ${name}`, async () => {
    assert.deepEqual(await checkPlanted(checkSqlRules, migration("select 1;", name)), [
      `supabase/migrations/${name}:1 file_name: a migration is named <14 digits>_<concern>.sql`,
    ]);
  });
}

Deno.test("checkSqlRules two migrations of one version", async () => {
  const files = {
    ...migration("select 1;", "20260101000000_a.sql"),
    ...migration("select 1;", "20260101000000_b.sql"),
  };
  assert.deepEqual(await checkPlanted(checkSqlRules, files), [
    "supabase/migrations/20260101000000_b.sql:1 file_name: same version as supabase/migrations/20260101000000_a.sql",
  ]);
});

Deno.test("checkSqlRules judges migrations only", async () => {
  assert.deepEqual(await checkPlanted(checkSqlRules, { "supabase/schema.sql": "SELECT 1;" }), []);
});
