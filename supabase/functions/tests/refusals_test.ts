/** Bad input at every endpoint of the running product: the right code, a fixed text, never a 5xx, never an echo. */
import assert from "node:assert/strict";
import { freePort, onTestDatabase, startProductProcess } from "../../local/testing/product_process.ts";
import { freshDemoDatabase } from "../../local/testing/test_database.ts";
import { badRequests, CANARY } from "./testing/bad_requests.ts";
import {
  authorizeParameters,
  beginRequest,
  grantCode,
  redeem,
  register,
  signInByPassword,
} from "./testing/http_flow.ts";

Deno.test("every endpoint refuses bad input with its code and a fixed text: no 5xx, no echo", async (t) => {
  const port = freePort();
  await using database = await freshDemoDatabase(`http://localhost:${port}`);
  await using product = await startProductProcess({ ...onTestDatabase(database), PORT: String(port) });
  const client = await register(product.url);
  const session = await signInByPassword(product.url);
  for (const { what, path, init, status, error } of badRequests(client, session)) {
    await t.step(what, async () => {
      const response = await fetch(`${product.url}${path}`, { redirect: "manual", ...init });
      const body = await response.text();
      assert.equal(response.status, status, body);
      if (error !== undefined) assert.equal(JSON.parse(body).error, error);
      const headers = [...response.headers].flat().join("\n");
      assert.ok(
        !body.includes(CANARY) && !headers.includes(CANARY),
        `${what} is echoed: ${headers}\n${body}`,
      );
      assert.doesNotMatch(body, /\bat .+:\d+:\d+|node_modules|postgres|zod/i);
    });
  }
  await t.step("nothing of it is in the log either", () => {
    assert.ok(!product.output().includes(CANARY), product.output());
    assert.ok(!product.output().includes(session));
    assert.ok(!/"level":"error"/.test(product.output()), product.output());
  });
});

Deno.test("a host name that is not ours is refused, whatever the path", async () => {
  await using database = await freshDemoDatabase("http://localhost");
  await using product = await startProductProcess(onTestDatabase(database));
  for (const path of ["/mcp", "/oauth/token", "/", "/config.json", "/auth/v1/settings"]) {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: product.port });
    await connection.write(
      new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`),
    );
    const answer = await new Response(connection.readable).text();
    assert.match(answer, /^HTTP\/1\.1 403 /, path);
  }
});

Deno.test("an authorization request of an unverified web client is refused on a page, of a loopback client by redirect", async () => {
  await using database = await freshDemoDatabase("http://localhost");
  await using product = await startProductProcess(onTestDatabase(database));
  const web = await register(product.url, { redirect_uris: ["https://app.example/callback"] });
  const parameters = {
    ...await authorizeParameters(web, "v".repeat(43)),
    redirect_uri: "https://app.example/callback",
  };
  const page = await fetch(
    `${product.url}/oauth/authorize?${new URLSearchParams({
      ...parameters,
      code_challenge_method: "plain",
    })}`,
  );
  assert.equal(page.status, 400);
  assert.match(await page.text(), /Return to app\.example.*/s);

  const native = await register(product.url);
  const begun = await beginRequest(product.url, {
    ...await authorizeParameters(native, "v".repeat(43)),
    code_challenge_method: "plain",
  });
  assert.equal(begun.status, 303);
  const { searchParams } = new URL(begun.location);
  assert.equal(searchParams.get("error"), "invalid_request");
  assert.equal(searchParams.get("state"), "a state");
  assert.equal(searchParams.get("iss"), product.url);
});

Deno.test("a code is bound to its client, redirect URI, verifier and resource; a refused redemption leaves it good", async () => {
  await using database = await freshDemoDatabase("http://localhost");
  await using product = await startProductProcess(onTestDatabase(database));
  const client = await register(product.url);
  const other = await register(product.url);
  const granted = await grantCode(product.url, client, await signInByPassword(product.url));
  const attempts: [Record<string, string>, string][] = [
    [{ client_id: other.client_id }, "invalid_grant"],
    [{ redirect_uri: "http://127.0.0.1:9/callback/" }, "invalid_grant"],
    [{ code_verifier: "w".repeat(43) }, "invalid_grant"],
    [{ resource: "https://other.example/mcp" }, "invalid_target"],
  ];
  for (const [overrides, error] of attempts) {
    const refused = await redeem(product.url, granted, overrides);
    assert.equal(refused.status, 400);
    assert.equal("error" in refused.body && refused.body.error, error);
  }
  assert.equal(
    (await redeem(product.url, granted, { redirect_uri: "http://127.0.0.1:9/callback" })).status,
    200,
  );
});
