/** Each limit of check_sizes: one line over it is caught, the limit itself passes, the soft one is only said. */
import assert from "node:assert/strict";
import { checkSizes } from "./check_sizes.ts";
import { checkPlanted } from "./planted_tree.ts";

const linesOf = (count: number) => "//\n".repeat(count);

for (
  const [path, limit] of [
    ["supabase/functions/oauth/tokens/mint.ts", 300],
    ["web/src/pages/consent.tsx", 300],
    ["supabase/migrations/20260101000000_clients.sql", 300],
    ["supabase/tests/schema_rules.sql", 300],
    ["supabase/functions/oauth/tokens/mint_test.ts", 400],
    ["supabase/tests/redeem_authorization_code_test.sql", 400],
    ["supabase/functions/oauth/grants/index.ts", 300],
    ["supabase/functions/oauth/index.ts", 25],
    ["README.md", 120],
    ["docs/adr/README.md", 120],
  ] as const
) {
  Deno.test(`checkSizes ${path} has at most ${limit} lines`, async () => {
    const caught = await checkPlanted(checkSizes, { [path]: linesOf(limit + 1) });
    assert.equal(caught.length, 1);
    assert.ok(caught[0]?.startsWith(`${path}:${limit + 1} size: ${limit + 1} lines`));
    const clean = await checkPlanted(checkSizes, { [path]: linesOf(limit) });
    assert.deepEqual(clean.filter((line) => !line.includes(" notice ")), []);
  });
}

Deno.test("checkSizes over the soft limit is a notice", async () => {
  const said = await checkPlanted(checkSizes, { "web/a.ts": linesOf(201), "web/b.ts": linesOf(200) });
  assert.deepEqual(said, ["web/a.ts:201 notice size: 201 lines; aim for 200"]);
});

Deno.test("checkSizes counts the last line without a newline", async () => {
  const said = await checkPlanted(checkSizes, { "web/a.ts": linesOf(300) + "//" });
  assert.match(said.join(), /301 lines/);
});

Deno.test("checkSizes exempts schema.sql, prose, and what git ignores", async () => {
  const files = {
    ".gitignore": "dist/\n",
    "supabase/schema.sql": linesOf(500),
    "docs/operations.md": linesOf(500),
    "web/dist/app.ts": linesOf(500),
  };
  assert.deepEqual(await checkPlanted(checkSizes, files), []);
});
