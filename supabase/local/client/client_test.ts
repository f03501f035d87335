/** The terminal client against the running product, with a real browser: what a person sees and what is remembered. */
import assert from "node:assert/strict";
import { findBrowser, launchBrowser } from "../testing/browser.ts";
import { freePort } from "../testing/product_process.ts";
import {
  type ClientHome,
  clientHome,
  remembered,
  runClient,
  signInAt,
  spawnClient,
} from "./testing/client_process.ts";
import { startDemoProduct } from "./testing/demo_product.ts";

const ignore = findBrowser() === null;
const DEMO = ["--client-id", "simple-mcp-client", "--client-secret", "simple-mcp-secret-123"];

/** Everything that must never be seen: whatever looks like a token, a code or a verifier. */
function assertNoSecrets(text: string, secrets: readonly (string | undefined)[]): void {
  assert.doesNotMatch(text, /eyJ[\w-]+\.|[?&](code|code_verifier|access_token|refresh_token)=/);
  for (const secret of secrets) if (secret !== undefined) assert.ok(!text.includes(secret));
}

/** One after the other: what follows a step that failed would only confuse. */
async function step(test: Deno.TestContext, name: string, fn: () => Promise<void>): Promise<void> {
  if (!await test.step(name, fn)) throw new Error(`stopped after: ${name}`);
}

/** Changes the only sign-in in the file. */
async function edit(
  home: ClientHome,
  change: (one: Awaited<ReturnType<typeof remembered>>["sign_ins"][0]) => void,
) {
  const content = await remembered(home);
  assert.equal(content.sign_ins.length, 1);
  change(content.sign_ins[0]!);
  await Deno.writeTextFile(home.file, JSON.stringify(content));
}

Deno.test({
  name: "deno task client signs in by registering, lists, calls, and remembers",
  ignore,
  async fn(test) {
    await using product = await startDemoProduct();
    await using browser = await launchBrowser();
    await using home = await clientHome();
    const url = `${product.url}/mcp`;

    await step(test, "the first run goes through the browser", async () => {
      await using client = spawnClient(home, ["--no-browser", url]);
      const address = await client.signInUrl();
      assert.match(address.searchParams.get("redirect_uri") ?? "", /^http:\/\/127\.0\.0\.1:\d+\/callback$/);
      const redirect = new URL(address.searchParams.get("redirect_uri") ?? "");
      for (const other of ["/", "/callback", "/callback?code=x&state=wrong", "/favicon.ico"]) {
        const response = await fetch(new URL(other, redirect));
        assert.equal(response.status, 404, other);
        await response.body?.cancel();
      }
      const last = await signInAt(browser, address);
      assert.equal(last.text.trim(), "You can close this window.");
      assert.equal(last.address.searchParams.get("iss"), product.url);
      await client.type("list\ncall get_time\ncall product_list\nquit");
      assert.equal(await client.exited, 0);
      const output = client.output();
      assert.match(output, /^get_time {2}Get the time\n {4}The current .*\n {4}scope: none$/m);
      assert.match(output, /^product_list {2}List products\n.*\n {4}scope: product:read$/m);
      assert.match(output, /"utc": "\d{4}-/);
      assert.match(output, /"name": "Iron teapot"/);
      assert.equal(client.errors(), "");
      const { tokens } = (await remembered(home)).sign_ins[0]!;
      assertNoSecrets(output, [
        tokens?.access_token,
        tokens?.refresh_token,
        last.address.searchParams.get("code")!,
      ]);
    });

    await step(test, "only the owner may read what it remembers", async () => {
      if (Deno.build.os !== "windows") assert.equal((await Deno.stat(home.file)).mode! & 0o777, 0o600);
      const [one] = (await remembered(home)).sign_ins;
      assert.deepEqual([one?.issuer, one?.mcp_url, one?.pre_registered], [product.url, url, null]);
    });

    await step(test, "the second run needs no browser, and a mistake costs one line", async () => {
      const input = "nonsense\ncall\ncall get_time {\ncall get_time []\ncall no_such_tool\n" +
        'call get_time {"time_zone":"Nowhere/Else"}\ncall get_time {"time_zone":"Asia/Tokyo"}\nquit\n';
      const { code, output, errors } = await runClient(home, ["--no-browser", url], input);
      assert.equal(code, 0);
      assert.match(output, /"time_zone": "Asia\/Tokyo"/);
      assert.doesNotMatch(output, /oauth\/authorize/);
      const lines = errors.trim().split("\n");
      assert.equal(lines.length, 6, errors);
      assert.match(lines[0]!, /^Unknown command/);
      assert.match(lines[1]!, /^Name a tool/);
      assert.match(lines[2]!, /not valid JSON/);
      assert.match(lines[3]!, /JSON object/);
      assert.match(lines[4]!, /no_such_tool/);
      assert.match(lines[5]!, /time zone does not exist/);
    });

    await step(
      test,
      "an access token that ended is refreshed, and the rotated refresh token is kept",
      async () => {
        const before = (await remembered(home)).sign_ins[0]!.tokens!;
        await edit(home, (one) => one.tokens!.access_token = "ended");
        const { code, output } = await runClient(home, ["--no-browser", url], "call get_time\n");
        assert.equal(code, 0);
        assert.match(output, /"utc"/);
        assert.doesNotMatch(output, /oauth\/authorize/);
        const after = (await remembered(home)).sign_ins[0]!.tokens!;
        assert.notEqual(after.refresh_token, before.refresh_token);
        assert.notEqual(after.access_token, "ended");
        if (Deno.build.os !== "windows") assert.equal((await Deno.stat(home.file)).mode! & 0o777, 0o600);
      },
    );

    await step(test, "an access token that ends during the session is refreshed too", async () => {
      await using client = spawnClient(home, ["--no-browser", url]);
      await client.type("call get_time");
      await client.until(/"utc"/);
      await edit(home, (one) => one.tokens!.access_token = "ended");
      await client.type("call product_list");
      await client.until(/Iron teapot/);
      assert.equal(await client.end(), 0);
      assert.doesNotMatch(client.output(), /oauth\/authorize/);
    });

    await step(test, "a dead refresh token leads to a new sign-in of the same client", async () => {
      const before = (await remembered(home)).sign_ins[0]!;
      await edit(home, (one) => {
        one.tokens!.access_token = "ended";
        one.tokens!.refresh_token = "dead";
      });
      await using client = spawnClient(home, ["--no-browser", url]);
      await signInAt(browser, await client.signInUrl());
      await client.type("call get_time");
      await client.until(/"utc"/);
      assert.equal(await client.end(), 0);
      assert.match(client.output(), /earlier sign-in has ended/);
      assert.equal(client.errors(), "");
      assert.equal(
        (await remembered(home)).sign_ins[0]!.registration?.client_id,
        before.registration?.client_id,
      );
    });

    for (const tokens of ["with", "without"]) {
      await step(
        test,
        `a client that the server no longer knows is registered anew, ${tokens} tokens`,
        async () => {
          await edit(home, (one) => {
            one.registration!.client_id = "gone";
            one.tokens!.access_token = "ended";
            if (tokens === "without") delete one.tokens;
          });
          await using client = spawnClient(home, ["--no-browser", url]);
          await signInAt(browser, await client.signInUrl());
          await client.type("call get_time");
          await client.until(/"utc"/);
          assert.equal(await client.end(), 0);
          assert.equal(client.errors(), "");
          assert.notEqual((await remembered(home)).sign_ins[0]!.registration?.client_id, "gone");
        },
      );
    }

    await step(test, "a broken file is set aside and leads to a new sign-in", async () => {
      await Deno.writeTextFile(home.file, "{ half");
      await using client = spawnClient(home, ["--no-browser", url]);
      await signInAt(browser, await client.signInUrl());
      assert.equal(await client.end(), 0);
      assert.match(
        client.errors(),
        /^The file with your sign-ins cannot be read; .*client\.json\.broken\.\n$/,
      );
      assert.equal(await Deno.readTextFile(`${home.file}.broken`), "{ half");
      assert.equal((await remembered(home)).sign_ins.length, 1);
    });

    await step(test, "a server that went away costs one line, and the prompt goes on", async () => {
      await using client = spawnClient(home, ["--no-browser", url]);
      await client.type("call get_time");
      await client.until(/"utc"/);
      await product.stop();
      await client.type("call get_time");
      await client.until(/cannot be reached/);
      assert.equal(await client.end(), 0);
      assert.equal(client.errors().trim().split("\n").length, 1);
    });
  },
});

Deno.test({
  name: "deno task client --client-id uses the pre-registered client",
  ignore,
  async fn(test) {
    await using product = await startDemoProduct();
    await using browser = await launchBrowser();
    await using home = await clientHome();
    const url = `${product.url}/mcp`;
    const port = ["--redirect-port", String(freePort())];

    await step(test, "through the browser, then without", async () => {
      await using client = spawnClient(home, ["--no-browser", ...DEMO, ...port, url]);
      const address = await client.signInUrl();
      assert.equal(address.searchParams.get("client_id"), "simple-mcp-client");
      assert.equal(address.searchParams.get("redirect_uri"), `http://localhost:${port[1]}/callback`);
      await signInAt(browser, address);
      await client.type("call product_list\nquit");
      assert.equal(await client.exited, 0);
      assert.match(client.output(), /Iron teapot/);
      await edit(home, (one) => one.tokens!.access_token = "ended");
      const again = await runClient(home, ["--no-browser", ...DEMO, url], "call product_list\n");
      assert.deepEqual([again.code, again.errors], [0, ""]);
      assert.match(again.output, /Iron teapot/);
    });

    await step(test, "its secret is not remembered", async () => {
      assert.ok(!(await Deno.readTextFile(home.file)).includes("simple-mcp-secret-123"));
      assert.equal((await remembered(home)).sign_ins[0]!.pre_registered, "simple-mcp-client");
    });

    await step(test, "its secret goes to no other authorization server", async () => {
      await edit(home, (one) => {
        one.issuer = "https://another.example";
        one.tokens!.access_token = "ended";
      });
      const { code, errors } = await runClient(home, ["--no-browser", ...DEMO, url], "");
      assert.equal(code, 1);
      assert.match(errors, /^The server now uses another authorization server.*\n$/);
      await Deno.remove(home.file);
    });

    await step(test, "a wrong secret is told before the browser is opened", async () => {
      const wrong = ["--client-id", "simple-mcp-client", "--client-secret", "wrong"];
      const { code, output, errors } = await runClient(home, ["--no-browser", ...wrong, ...port, url], "");
      assert.deepEqual([code, output], [1, ""]);
      assert.match(errors, /^The server does not know this client id, or its secret is wrong\.\n$/);
    });

    await step(test, "a denied consent ends with one line", async () => {
      await using client = spawnClient(home, ["--no-browser", url]);
      const last = await signInAt(browser, await client.signInUrl(), { decision: "Deny" });
      assert.equal(last.text.trim(), "You can close this window.");
      assert.equal(await client.exited, 1);
      assert.equal(client.errors(), "Access was denied.\n");
    });

    await step(test, "an answer of another authorization server ends with one line", async () => {
      await using client = spawnClient(home, ["--no-browser", url]);
      const address = await client.signInUrl();
      const answer = new URL(address.searchParams.get("redirect_uri")!);
      answer.search = String(
        new URLSearchParams({
          code: "stolen",
          state: address.searchParams.get("state")!,
          iss: "https://evil.example",
        }),
      );
      await (await fetch(answer)).body?.cancel();
      assert.equal(await client.exited, 1);
      assert.equal(client.errors(), "The answer came from another authorization server: not signed in.\n");
    });

    await step(test, "Ctrl-C ends it while it waits", async () => {
      await using client = spawnClient(home, ["--no-browser", url]);
      await client.signInUrl();
      Deno.kill(client.pid, "SIGINT");
      assert.equal(await client.exited, 130);
      assert.equal(client.errors(), "");
    });
  },
});

Deno.test("deno task client says in one line that nobody listens, and exits 1", async () => {
  await using home = await clientHome();
  const url = `http://localhost:${freePort()}/mcp`;
  const { code, output, errors } = await runClient(home, ["--no-browser", url], "list\n");
  assert.deepEqual([code, output, errors], [1, "", `${url} cannot be reached. Is the server running?\n`]);
});

Deno.test("deno task client says in one line what is wrong with its arguments, and exits 2", async () => {
  await using home = await clientHome();
  const { code, errors } = await runClient(home, ["--no-such-flag"], "");
  assert.equal(code, 2);
  assert.equal(errors.trim().split("\n").length, 1);
  assert.match(errors, /--no-such-flag/);
});
