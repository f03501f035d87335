/** What a person is told when the pages cannot be built. */
import assert from "node:assert/strict";
import { reasonIn } from "./build_web.ts";

const FRAMES = "    at build (file:///x.mjs:1:1)\n    at ext:core/mod.js:1:1\n";

Deno.test("reasonIn: the bundler's reason without its colours, its summary and the frames", () => {
  const failed = "✗ Build failed in 3ms\n\x1b[31merror\x1b[0m: Uncaught (in promise) Error: ";
  const cases: [string, string][] = [
    [
      `failed to load config from /x/vite.config.ts\n${
        failed.split("\n")[1]
      }EACCES: permission denied\n${FRAMES}`,
      "EACCES: permission denied",
    ],
    [
      `${failed}Build failed with 1 error:\n\n[plugin solid] /x/main.tsx:7:1\nSyntaxError: Unexpected token (7:1)\n${FRAMES}`,
      "SyntaxError: Unexpected token (7:1)",
    ],
    [
      `${failed}Build failed with 2 errors:\n\n\x1b[31m[UNRESOLVED_IMPORT] \x1b[0mCould not resolve './y.ts'\n   ╭─[ x ]\n${FRAMES}`,
      "[UNRESOLVED_IMPORT] Could not resolve './y.ts'",
    ],
    ['error: Module not found "file:///x.ts".\n', 'Module not found "file:///x.ts".'],
    ["", "no reason was given"],
  ];
  for (const [stderr, reason] of cases) assert.equal(reasonIn(stderr), reason);
});
