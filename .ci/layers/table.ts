/**
 * The law of the tree, as data: who may import whom (docs/design), what is ambient, what a folder may not be called.
 * Changing a rule is changing a row here; the code beside this file only reads it.
 */

/** The fat functions. `<fn>` below stands for any of them. */
export const functions = ["oauth", "mcp", "account"];

export interface Layer {
  readonly name: string;
  /** `<fn>` one function, `*` within a name, `**` across folders. The first row that matches a file places it. */
  readonly files: string;
  /** Layers; `:types` allows only `import type`; `*` is anything (functions still stay apart). */
  readonly imports: string;
  /** Packages, in the same notation. */
  readonly packages: string;
}

const fn = "supabase/functions/<fn>";
const shared = "supabase/functions/_shared";
const mcp = "supabase/functions/mcp";

/** What every inner layer may see besides the folders in its row. */
const base = "deps:types pure contract";

type Row = readonly [name: string, files: string, imports: string, packages: string];
// deno-fmt-ignore
const rows: readonly Row[] = [
  // Anything goes here, by name.
  ["cross_tests",        "supabase/functions/tests/**",  "*",                                                 "*"],
  ["local",              "supabase/local/**",            "*",                                                 "*"],
  ["test",               "supabase/functions/**/*_test.ts", "*",                                              "*"],
  ["test",               `${fn}/testing/**`,             "*",                                                 "*"],
  ["test",               `${shared}/testing/**`,         "*",                                                 "*"],

  // The kernel.
  ["contract",           `${shared}/contract/**`,        "contract",                                          ""],
  ["runtime",            `${shared}/runtime/**`,         "runtime pure contract",                             "*"],
  ["pure",               `${shared}/**`,                 "pure contract",                                     "jose zod hono:types"],

  // Every function.
  ["index",              `${fn}/index.ts`,               "app deps store runtime grant_registry tool_registry connector_registry", "hono"],
  ["app",                `${mcp}/app.ts`,                `endpoints protocol access ${base}`,                 "hono"],
  ["app",                `${fn}/app.ts`,                 `endpoints ${base}`,                                 "hono"],
  ["deps",               `${fn}/deps.ts`,                "store:types clients:types tokens:types access:types upstream:types pure contract", "hono:types jose:types zod:types"],
  ["store",              `${fn}/store/**`,               `store runtime clients:types tokens:types grants:types authorize:types access:types upstream:types ${base}`, "pg @types/pg jose zod"],
  ["endpoints",          `${mcp}/endpoints/**`,          `endpoints protocol access upstream tool_registry tool_type connector_registry connector_type ${base}`, "hono zod"],
  ["endpoints",          `${fn}/endpoints/**`,           `endpoints grant_registry grants authorize clients tokens ${base}`, "hono zod"],

  // oauth: downward only, grants | authorize -> clients | tokens.
  ["grant_registry",     "supabase/functions/oauth/grants/index.ts", `grants ${base}`,                        ""],
  ["grants",             "supabase/functions/oauth/grants/**",       `grants clients tokens ${base}`,         "jose zod hono:types"],
  ["authorize",          "supabase/functions/oauth/authorize/**",    `authorize clients tokens ${base}`,      "jose zod hono:types"],
  ["clients",            "supabase/functions/oauth/clients/**",      `clients ${base}`,                       "jose zod hono:types"],
  ["tokens",             "supabase/functions/oauth/tokens/**",       `tokens ${base}`,                        "jose zod hono:types"],

  // mcp: a tool and a connector see their own type file and shapes, never each other.
  ["tool_registry",      `${mcp}/tools/index.ts`,        `tool tool_type ${base}`,                            ""],
  ["tool_type",          `${mcp}/tools/define_tool.ts`,  base,                                                "zod @modelcontextprotocol/server:types"],
  ["tool_shape",         `${mcp}/tools/shapes/**`,       `tool_shape tool_type ${base}`,                      "zod"],
  ["tool",               `${mcp}/tools/**`,              `tool_shape tool_type ${base}`,                      "zod"],
  ["connector_registry", `${mcp}/connectors/index.ts`,   `connector connector_type ${base}`,                  ""],
  ["connector_type",     `${mcp}/connectors/define_connector.ts`, base,                                       "zod"],
  ["connector",          `${mcp}/connectors/**`,         `connector_type ${base}`,                            "zod"],
  ["access",             `${mcp}/access.ts`,             `access ${base}`,                                         "jose zod hono"],
  ["access",             `${mcp}/access/**`,             `access ${base}`,                                    "jose zod hono"],
  ["protocol",           `${mcp}/protocol/**`,           `protocol access upstream tool_registry tool_type connector_registry connector_type ${base}`, "@modelcontextprotocol/server zod hono"],
  ["upstream",           `${mcp}/upstream/**`,           `upstream connector_registry connector_type ${base}`, "@modelcontextprotocol/client jose zod hono:types"],

  // The pages.
  ["test",               "web/**/*_test.ts*",            "*",                                                 "*"],
  ["web",                "web/**",                       "web contract:types",                                "*"],

  // What a stranger copies: it must work where nothing of ours is.
  ["examples",           "docs/examples/**",             "",                                                  "jose zod @modelcontextprotocol/server"],
];

export const layers: readonly Layer[] = rows.map(([name, files, imports, packages]) => ({
  name,
  files,
  imports,
  packages,
}));

/** Files that may consist of re-exports. */
export const registries = ["grant_registry", "tool_registry", "connector_registry"];

/** The outside world: comes in through deps, except in the layers below. */
export const ambient = [
  "Deno",
  "process",
  "fetch",
  "WebSocket",
  "setTimeout",
  "setInterval",
  "Date.now",
  "Date()",
  "new Date()",
  "Temporal.Now",
  "performance.now",
  "AbortSignal.timeout",
  "Math.random",
  "crypto.getRandomValues",
  "crypto.randomUUID",
  "crypto.subtle.generateKey",
];
export const mayTouchTheWorld = ["index", "store", "runtime", "cross_tests", "local", "test", "examples"];
/** In the pages only `fetch` is watched, and only this file may call it. */
export const onlyFetcher = "web/src/api.ts";

export const bannedFolders = ["utils", "helpers", "common", "lib", "services"];

/** A package version may be computed here (the binary of this machine), never written. */
export const mayComputeAVersion = "supabase/local/postgres";

/** Kernel files whose second user the design names already: the gateway reaches upstream servers by the same way out. */
export const awaitedInTheKernel = ["supabase/functions/_shared/runtime/outbound_fetch.ts"];
