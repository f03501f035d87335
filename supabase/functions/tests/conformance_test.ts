/**
 * The official conformance suite of MCP, its `authorization` command, against the running product. Its exit code alone
 * proves little (a skipped grant exits 0): every check of every scenario is read from the files it writes.
 */
import assert from "node:assert/strict";
import {
  freePort,
  onTestDatabase,
  type ProductProcess,
  startProductProcess,
} from "../../local/testing/product_process.ts";
import { freshDemoDatabase } from "../../local/testing/test_database.ts";
import { assertDocumented } from "./testing/conformance_document.ts";
import { type Checks, readChecks, type Run, suiteCommand } from "./testing/conformance_suite.ts";
import { beginRequest, decide, register, signInByPassword } from "./testing/http_flow.ts";

const SCENARIOS = ["authorization-code-grant", "authorization-server-metadata-endpoint"];
const ENDS_WITHIN_MS = 60_000;

interface Outcome {
  readonly code: number;
  readonly output: string;
  readonly checks: Checks;
}

/** Runs the whole suite; `authorize` is the browser that gets the URL it prints. */
async function runSuite(
  options: Readonly<Record<string, string>>,
  authorize: (url: URL) => Promise<void>,
): Promise<Outcome> {
  const results = await Deno.makeTempDir({ prefix: "sekisho_conformance_" });
  try {
    const flags = Object.entries({ ...options, "output-dir": results })
      .flatMap(([name, value]) => [`--${name}`, value]);
    const child = suiteCommand(["authorization", ...flags]).spawn();
    const timer = setTimeout(() => child.kill("SIGKILL"), ENDS_WITHIN_MS);
    let output = "";
    let authorized: Promise<void> | undefined;
    let failure: unknown;
    const collect = async (stream: ReadableStream<Uint8Array>) => {
      for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
        output += chunk;
        const [, printed] = /^(http\S+\/authorize\?\S+)\n/m.exec(output) ?? [];
        if (printed !== undefined) {
          authorized ??= authorize(new URL(printed)).catch((error) => {
            failure = error;
            // It would wait five minutes for a browser that does not come.
            child.kill("SIGKILL");
          });
        }
      }
    };
    const [{ code }] = await Promise.all([child.status, collect(child.stdout), collect(child.stderr)]);
    clearTimeout(timer);
    await authorized;
    if (failure !== undefined) throw failure;
    const checks = [...await readChecks(results)].map(([folder, made]) =>
      [SCENARIOS.find((known) => folder.includes(known)) ?? folder, made] as const
    );
    return { code, output, checks: new Map(checks) };
  } finally {
    await Deno.remove(results, { recursive: true });
  }
}

/** The person allows, and the browser follows to the suite's callback. */
async function allow(product: ProductProcess, url: URL): Promise<void> {
  assert.equal(url.origin + url.pathname, `${product.url}/oauth/authorize`);
  const begun = await beginRequest(product.url, Object.fromEntries(url.searchParams));
  const continueTo = await decide(product.url, begun.id, await signInByPassword(product.url));
  const continued = await fetch(continueTo, { redirect: "manual", headers: { Cookie: begun.cookie } });
  await continued.body?.cancel();
  const callback = await fetch(continued.headers.get("Location") ?? "");
  await callback.body?.cancel();
}

const RESOURCE = { "client names the resource": true, "client names no resource": false };

Deno.test("the official authorization conformance suite passes, as docs/conformance.md says", async (t) => {
  const runs: Record<string, Run> = {};
  for (const [kind, namesResource] of Object.entries(RESOURCE)) {
    await t.step(kind, async () => {
      const port = freePort();
      await using database = await freshDemoDatabase(`http://localhost:${port}`);
      await using product = await startProductProcess({ ...onTestDatabase(database), PORT: String(port) });
      const callbackPort = String(freePort());
      const client = await register(product.url, {
        redirect_uris: [`http://127.0.0.1:${callbackPort}/callback`],
      });
      const resource: { resource?: string } = namesResource ? { resource: `${product.url}/mcp` } : {};
      const { code, output, checks } = await runSuite(
        { url: product.url, "client-id": client.client_id, port: callbackPort, ...resource },
        (url) => {
          assert.equal(url.searchParams.get("resource"), resource.resource ?? null);
          return allow(product, url);
        },
      );
      assert.equal(code, 0, output);
      assert.deepEqual([...checks.keys()].sort(), SCENARIOS, output);
      for (const [scenario, made] of checks) {
        assert.ok(made.some((check) => check.status === "SUCCESS"), `${scenario}\n${output}`);
        for (const { id, status, errorMessage } of made) {
          const allowed = status === "SUCCESS";
          assert.ok(allowed, `${scenario}: ${id} ${status} ${errorMessage ?? ""}\n${output}`);
        }
      }
      runs[kind] = { checks, required: new Set(SCENARIOS), expected: new Map() };
    });
  }
  // A step that failed has said so, and leaves nothing to compare.
  if (Object.keys(runs).length === Object.keys(RESOURCE).length) {
    await t.step("docs/conformance.md", () => assertDocumented("authorization", runs));
  }
});
