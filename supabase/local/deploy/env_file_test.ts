import assert from "node:assert/strict";
import { parseEnv } from "node:util";
import { SettingsError } from "../../functions/_shared/runtime/env.ts";
import { envFile } from "./env_file.ts";

Deno.test("envFile says values as others read them, whatever they hold", () => {
  const values = { A: "x", B: 'with space # and $A ${A} \\n "quotes" =', EMPTY: "" };
  assert.deepEqual({ ...parseEnv(envFile(values)) }, values);
});

Deno.test("envFile refuses what would end a value, by name", () => {
  for (const value of ["it's", "two\nlines", "two\rlines"]) {
    assert.throws(() => envFile({ NAME: value }), (error) => {
      assert.ok(error instanceof SettingsError);
      assert.match(error.message, /^NAME: /);
      return true;
    });
  }
});
