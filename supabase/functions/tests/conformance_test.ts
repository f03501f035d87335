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
import { type Checks, readChecks, suiteCommand } from "./testing/conformance_suite.ts";
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
  options: Record<string, string>,
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

for (const kind of ["names the resource", "names no resource"] as const) {
  Deno.test(`the official authorization conformance suite passes when the client ${kind}`, async () => {
    const port = freePort();
    await using database = await freshDemoDatabase(`http://localhost:${port}`);
    await using product = await startProductProcess({ ...onTestDatabase(database), PORT: String(port) });
    const callbackPort = String(freePort());
    const client = await register(product.url, {
      redirect_uris: [`http://127.0.0.1:${callbackPort}/callback`],
    });
    const resource = kind === "names the resource" ? { resource: `${product.url}/mcp` } : {};
    const { code, output, checks } = await runSuite(
      { url: product.url, "client-id": client.client_id, port: callbackPort, ...resource },
      (url) => {
        assert.equal(url.searchParams.get("resource"), "resource" in resource ? resource.resource : null);
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
  });
}
