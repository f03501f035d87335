/** The prompt's language: every line is a command or a mistake with a reason. */
import assert from "node:assert/strict";
import { parseCommand } from "./command.ts";

Deno.test("parseCommand reads list, help, quit and nothing", () => {
  assert.deepEqual(parseCommand("list"), { kind: "list" });
  assert.deepEqual(parseCommand("  help \r"), { kind: "help" });
  assert.deepEqual(parseCommand("quit"), { kind: "quit" });
  // What other prompts taught people.
  assert.deepEqual(parseCommand("exit"), { kind: "quit" });
  assert.deepEqual(parseCommand("   "), { kind: "nothing" });
});

Deno.test("parseCommand reads call with and without an input", () => {
  assert.deepEqual(parseCommand("call get_time"), { kind: "call", tool: "get_time", input: {} });
  assert.deepEqual(parseCommand('call a {"b": "c d", "e": [1]} '), {
    kind: "call",
    tool: "a",
    input: { b: "c d", e: [1] },
  });
});

Deno.test("parseCommand names the mistake", () => {
  const reasons = {
    "lists": /^Unknown command/,
    "list all": /^list takes no argument/,
    "call": /^Name a tool/,
    "call a {": /not valid JSON/,
    "call a null": /JSON object/,
    "call a []": /JSON object/,
    "call a 1": /JSON object/,
  };
  for (const [line, reason] of Object.entries(reasons)) {
    const command = parseCommand(line);
    assert.equal(command.kind, "mistake", line);
    assert.match(command.kind === "mistake" ? command.message : "", reason);
  }
});
