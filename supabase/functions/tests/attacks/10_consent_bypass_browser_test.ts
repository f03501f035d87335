/**
 * Attack 10 in a real browser: whoever allowed an app once is asked again, and what is new waits for them to tick it
 * (RFC 9700 §4.15, MCP "Confused Deputy Problem").
 */
import assert from "node:assert/strict";
import { findBrowser, launchBrowser, signIn } from "../../../local/testing/browser.ts";
import {
  authorizeParameters,
  grantCode,
  REDIRECT_URI,
  register,
  type RegisteredClient,
  signInByPassword,
} from "../testing/http_flow.ts";
import { onStage } from "./testing/attack_stage.ts";

const OTHER_URI = "http://127.0.0.1:9/other";
const VERIFIER = "v".repeat(43);

Deno.test({
  name: "attack 10: in a browser, an earlier consent skips no question and gives nothing new",
  ignore: findBrowser() === null,
  fn: (t) =>
    onStage(async ({ url }) => {
      await using browser = await launchBrowser();
      const session = await signInByPassword(url);
      const client = await register(url, { redirect_uris: [REDIRECT_URI, OTHER_URI] });
      const stranger = await register(url);
      await grantCode(url, client, session, "product:read");
      const address = async (asking: RegisteredClient, changes: Record<string, string>) => {
        const parameters = { ...await authorizeParameters(asking, VERIFIER), ...changes };
        return `${url}/oauth/authorize?${new URLSearchParams(parameters)}`;
      };
      const page = await browser.newPerson();
      const left: string[] = [];
      page.on("request", (request) => {
        if (new URL(request.url()).origin === new URL(REDIRECT_URI).origin) left.push(request.url());
      });
      /** What stands on the page: each box, whether it is ticked, whether it is marked. */
      const boxes = async () => {
        await page.getByRole("button", { name: "Allow" }).waitFor();
        return await page.evaluate(`[...document.querySelectorAll("fieldset [type=checkbox]")].map((box) =>
          [box.labels[0].innerText, box.checked, box.parentElement.innerText.includes("new")])`);
      };
      await page.goto(await address(client, {}));
      await signIn(page);
      const [products, orders] = ["See your products, their prices and stock", "See your orders"];
      const both = { scope: "product:read order:read" };

      const asked: [string, RegisteredClient, Record<string, string>, unknown][] = [
        ["the very same request", client, {}, [[products, true, false]]],
        ["a new scope", client, both, [[products, true, false], [orders, false, true]]],
        // Nothing was given to these before: nothing is new, and everything is asked.
        ["another address", client, { ...both, redirect_uri: OTHER_URI }, [
          [products, true, false],
          [orders, true, false],
        ]],
        ["another client of that name", stranger, both, [[products, true, false], [orders, true, false]]],
      ];
      for (const [what, asking, changes, expected] of asked) {
        await t.step(`${what}: the page appears`, async () => {
          await page.goto(await address(asking, changes));
          assert.deepEqual(await boxes(), expected);
        });
      }

      await t.step("begun by a foreign page, which sends the browser without anybody's act", async () => {
        const target = await address(client, both);
        await using elsewhere = Deno.serve(
          { hostname: "127.0.0.1", port: 0, onListen() {} },
          () => new Response(null, { status: 302, headers: { Location: target } }),
        );
        await page.goto(`http://127.0.0.1:${elsewhere.addr.port}/`);
        assert.deepEqual(await boxes(), [[products, true, false], [orders, false, true]]);
      });

      assert.deepEqual(left, []);
    }),
});
