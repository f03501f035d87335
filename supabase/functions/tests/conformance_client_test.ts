/**
 * The official conformance suite of MCP, its `client` command, against the terminal client. Both revisions, and what the
 * document says of them.
 */
import { assertDocumented } from "./testing/conformance_document.ts";
import { assertRequirements, type Revision } from "./testing/conformance_suite.ts";

const ENDS_WITHIN_MS = 240_000;
const SCENARIO_MS = "120000";
const CLIENT = new URL("testing/conformance_client.ts", import.meta.url).pathname;

Deno.test("the official client conformance suite passes at both revisions, as docs/conformance.md says", async () => {
  // The suite hands the command to a shell.
  const command = [Deno.execPath(), "run", "--quiet", "--allow-all", "--cached-only", "--no-check", CLIENT]
    .map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  const args = ["--command", command, "--timeout", SCENARIO_MS];
  const run = (revision: Revision) => assertRequirements("client", revision, args, ENDS_WITHIN_MS);
  await assertDocumented("client", {
    "2025-11-25": await run("2025-11-25"),
    "2026-07-28": await run("2026-07-28"),
  });
});
