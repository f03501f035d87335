/**
 * The official conformance suite of MCP, its `server` command, against the MCP server with the suite's own fixtures
 * behind the gate. Both revisions, and what the document says of them.
 */
import { assertDocumented } from "./testing/conformance_document.ts";
import { startMount } from "./testing/conformance_mount.ts";
import { assertRequirements, type Revision } from "./testing/conformance_suite.ts";

const ENDS_WITHIN_MS = 180_000;

Deno.test("the official server conformance suite passes at both revisions, as docs/conformance.md says", async () => {
  await using mount = await startMount();
  const run = (revision: Revision) =>
    assertRequirements("server", revision, ["--url", mount.url], ENDS_WITHIN_MS);
  await assertDocumented("server", {
    "2025-11-25": await run("2025-11-25"),
    "2026-07-28": await run("2026-07-28"),
  });
});
