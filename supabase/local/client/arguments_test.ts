/** The command line: defaults, and what is refused before anything happens. */
import assert from "node:assert/strict";
import { parseArguments, UsageError } from "./arguments.ts";

const OURS = "http://localhost:54321/mcp";

Deno.test("parseArguments fills in the local server, a browser, registration and any port", () => {
  assert.deepEqual(parseArguments([]), {
    mcpUrl: OURS,
    openBrowser: true,
    preRegistered: null,
    redirectPort: null,
  });
});

Deno.test("parseArguments takes the port of the demo client for a pre-registered one", () => {
  const options = parseArguments(["--client-id", "simple-mcp-client", "--client-secret=s", "--no-browser"]);
  assert.deepEqual(options, {
    mcpUrl: OURS,
    openBrowser: false,
    preRegistered: { id: "simple-mcp-client", secret: "s" },
    redirectPort: 3030,
  });
  assert.deepEqual(parseArguments(["--client-id=a"])?.preRegistered, { id: "a", secret: null });
  assert.equal(parseArguments(["--client-id=a", "--redirect-port=4040"])?.redirectPort, 4040);
});

Deno.test("parseArguments takes one URL, https or on this computer", () => {
  assert.equal(parseArguments(["https://mcp.example/mcp"])?.mcpUrl, "https://mcp.example/mcp");
  assert.equal(parseArguments(["http://127.0.0.1:1/mcp"])?.mcpUrl, "http://127.0.0.1:1/mcp");
  for (
    const url of [
      "http://mcp.example/mcp",
      "http://localhost.example/mcp",
      "ftp://localhost/",
      "mcp",
      "https://user:password@mcp.example/",
      "https://mcp.example/#x",
    ]
  ) assert.throws(() => parseArguments([url]), UsageError, url);
  assert.throws(() => parseArguments([OURS, OURS]), UsageError);
});

Deno.test("parseArguments refuses what cannot be meant", () => {
  for (
    const args of [
      ["--unknown"],
      ["--client-secret", "s"],
      ["--client-id="],
      ["--redirect-port", "0"],
      ["--redirect-port", "65536"],
      ["--redirect-port", "x"],
    ]
  ) assert.throws(() => parseArguments(args), UsageError, args.join(" "));
});

Deno.test("parseArguments answers null for --help", () => {
  assert.equal(parseArguments(["--help"]), null);
});
