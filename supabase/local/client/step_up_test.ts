/** A scope that is missing: the client signs in again for more, and does what it was doing (MCP "Step-Up"). */
import assert from "node:assert/strict";
import { findBrowser, launchBrowser } from "../testing/browser.ts";
import { clientHome, remembered, signInAt, spawnClient } from "./testing/client_process.ts";
import { startDemoProduct } from "./testing/demo_product.ts";

Deno.test({
  name: "deno task client signs in again for a scope that a tool needs, and the call goes on",
  ignore: findBrowser() === null,
  async fn() {
    await using product = await startDemoProduct();
    await using browser = await launchBrowser();
    await using home = await clientHome();
    await using client = spawnClient(home, ["--no-browser", `${product.url}/mcp`]);
    const first = await client.signInUrl();
    first.searchParams.set("scope", "booking:read");
    await signInAt(browser, first);
    await client.type("call get_time");
    await client.until(/"utc"/);
    assert.equal((await remembered(home)).sign_ins[0]!.tokens!["scope"], "booking:read");

    await client.type("call product_list");
    await client.until(/^This needs more access: product:read\. Allow it in your browser:$/m);
    const [, second = ""] = await client.until(/"utc"[^]*?^ {2}(https?:\S+)$/m);
    const asked = new URL(second).searchParams.get("scope")?.split(" ").sort();
    assert.deepEqual(asked, ["booking:read", "product:read"]);
    await signInAt(browser, new URL(second), { all: false });
    await client.until(/^This needs access that was not allowed: product:read$/m);

    await client.type("call product_list");
    const [, third = ""] = await client.until(/"utc"[^]*^ {2}https?:\S+$[^]*^ {2}(https?:\S+)$/m);
    await signInAt(browser, new URL(third));
    await client.until(/Iron teapot/);
    assert.equal(await client.end(), 0);
    assert.equal(client.errors().trim().split("\n").length, 1);
  },
});

Deno.test({
  name: "deno task client steps up from reading bookings to making one, and keeps what it had",
  ignore: findBrowser() === null,
  async fn() {
    await using product = await startDemoProduct();
    await using browser = await launchBrowser();
    await using home = await clientHome();
    await using client = spawnClient(home, ["--no-browser", `${product.url}/mcp`]);
    const first = await client.signInUrl();
    first.searchParams.set("scope", "booking:read");
    await signInAt(browser, first);
    await client.type('call room_list {"limit": 1}');
    const [, room] = await client.until(/"id": *"([0-9a-f-]{36})"/);

    const day = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10);
    // Noon of Tokyo, where the demo person's rooms are.
    const booking = {
      room_id: room,
      title: "Stepped up",
      starts_at: `${day}T03:00:00Z`,
      ends_at: `${day}T04:00:00Z`,
    };
    await client.type(`call booking_create ${JSON.stringify(booking)}`);
    const [, second = ""] = await client.until(/"id"[^]*?^ {2}(https?:\S+)$/m);
    const asked = new URL(second).searchParams.get("scope")?.split(" ").sort();
    assert.deepEqual(asked, ["booking:read", "booking:write"]);
    await signInAt(browser, new URL(second));
    await client.until(/"state": *"booked"/);
    const { sign_ins: [signedIn] } = await remembered(home);
    assert.deepEqual(String(signedIn?.tokens?.["scope"]).split(" ").sort(), [
      "booking:read",
      "booking:write",
    ]);

    await client.type("call booking_list");
    await client.until(/Stepped up[^]*Stepped up/);
    assert.equal(await client.end(), 0);
  },
});
