/**
 * Attack 12 in a real browser: a client whose name is markup or pretends to be another's, a page that frames the consent
 * page, and a script that somebody got into a page. Nothing runs, nothing hides (RFC 9700 §4.16, UTS 39).
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { findBrowser, launchBrowser, signIn } from "../../../local/testing/browser.ts";
import { authorizeParameters, register } from "../testing/http_flow.ts";
import { onStage } from "./testing/attack_stage.ts";

const needsBrowser = { ignore: findBrowser() === null };
const FAR = "https://app.example/callback";

/** What a client calls itself, and what a person must see of it. */
const NAMES: readonly (readonly [what: string, name: string, shown: string])[] = [
  ["an image that fails", "<img src=x onerror=ran=1>", "<img src=x onerror=ran=1>"],
  ["a script", "</h1><script>ran=1</script>", "</h1><script>ran=1</script>"],
  ["a direction override", "Claude\u202Egpj.exe", "Claude[U+202E]gpj.exe"],
  ["nothing between its letters", "Cl\u200Baude", "Cl[U+200B]aude"],
  ["a Cyrillic letter", "\u0421laude", "[U+0421]laude"],
  [
    "Greek letters alone",
    "\u039D\u039F\u03A4\u0399\u039F\u039D",
    "[U+039D][U+039F][U+03A4][U+0399][U+039F][U+039D]",
  ],
  ["the longest name that can be registered", "Claude ".repeat(28), `${"Claude ".repeat(9).slice(0, 60)}…`],
];

/** Everything that would tell of a script: what it sets, and what it opens. */
function watchForScripts(page: Page): () => Promise<void> {
  const dialogs: string[] = [];
  page.on("dialog", async (dialog) => {
    dialogs.push(dialog.message());
    await dialog.dismiss();
  });
  return async () => {
    assert.equal(await page.evaluate("typeof ran"), "undefined");
    assert.deepEqual(dialogs, []);
  };
}

Deno.test({
  name: "attack 12: nothing that a client calls itself runs or hides on the consent page",
  ...needsBrowser,
  fn: (t) =>
    onStage(async ({ url }) => {
      await using browser = await launchBrowser();
      const page = await browser.newPerson();
      const assertNothingRan = watchForScripts(page);
      let signedIn = false;
      for (const [what, name, shown] of NAMES) {
        await t.step(what, async () => {
          const { client_id } = await register(url, { client_name: name, redirect_uris: [FAR] });
          const parameters = await authorizeParameters({ client_id }, "v".repeat(43));
          const query = new URLSearchParams({ ...parameters, redirect_uri: FAR });
          await page.goto(`${url}/oauth/authorize?${query}`);
          if (!signedIn) await signIn(page);
          signedIn = true;
          await page.getByRole("button", { name: "Allow" }).waitFor();
          assert.equal(await page.locator("h1").textContent(), `${shown} asks for access`);
          assert.equal(await page.title(), `${shown} asks for access · Sekisho`);
          assert.equal(await page.locator("main :is(img, script, iframe, svg)").count(), 0);
          // Whatever the name says, these stand beside it, on the screen.
          for (const words of ["Unverified", "app.example", "no website that was checked"]) {
            const fact = page.getByText(words, { exact: true });
            assert.ok(await fact.isVisible() && (await fact.boundingBox())?.height, words);
          }
          await assertNothingRan();
        });
      }
    }),
});

Deno.test({
  name: "attack 12: no page of ours appears in a frame, of a foreign page or of our own",
  ...needsBrowser,
  fn: (t) =>
    onStage(async ({ url }) => {
      await using browser = await launchBrowser();
      await using elsewhere = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () =>
        new Response("<!doctype html><title>Elsewhere</title>", {
          headers: { "Content-Type": "text/html" },
        }));
      const page = await browser.newPerson();
      const { client_id } = await register(url);
      const good = new URLSearchParams(await authorizeParameters({ client_id }, "v".repeat(43)));
      const paths = [
        ...["/", "/consent", "/account", "/no/such/page", "/oauth/authorize?client_id=nobody"],
        ...[`/oauth/authorize?${good}`, "/oauth/continue/x", "/config.json"],
      ];
      for (const outer of [`http://127.0.0.1:${elsewhere.addr.port}/`, `${url}/`]) {
        await page.goto(outer);
        for (const path of paths) {
          await t.step(
            `${path.slice(0, 40)} in ${outer === `${url}/` ? "a page of ours" : "a foreign page"}`,
            async () => {
              await page.evaluate(`new Promise((resolve) => {
              const frame = document.createElement("iframe");
              frame.onload = frame.onerror = resolve;
              frame.src = ${JSON.stringify(url + path)};
              document.body.replaceChildren(frame);
            })`);
              // The frame has ended up somewhere; here that is told a moment later.
              const at = () =>
                page.mainFrame().childFrames()[0]?.url() ?? "";
              for (let tries = 0; tries < 50 && at() === ""; tries += 1) {
                await page.waitForTimeout(50);
              }
              assert.match(at(), /^chrome-error:/);
            },
          );
        }
      }
    }),
});

/** Ways in which an injected piece of markup could run something. Each tells when the browser has dealt with it. */
const INJECTIONS: readonly (readonly [what: string, script: (elsewhere: string) => string])[] = [
  ["an inline script", () => `add("script", { textContent: "ran = 1" })`],
  ["a script from elsewhere", (elsewhere) => `add("script", { src: ${JSON.stringify(elsewhere)} })`],
  ["a script from data", () => `add("script", { src: "data:text/javascript,ran=1" })`],
  ["an event handler", () => `add("img", { outerHTML: '<img src=x onerror="ran = 1">' })`],
  ["a link that is a script", () => `add("a", { href: "javascript:ran=1" }).click()`],
  ["text as code", () => `setTimeout(() => { try { Function("ran = 1")() } catch {} })`],
  ["a form to elsewhere", (elsewhere) => `add("form", { action: ${JSON.stringify(elsewhere)} }).submit()`],
];

Deno.test({
  name: "attack 12: a script that got into a page does not run there",
  ...needsBrowser,
  fn: (t) =>
    onStage(async ({ url }) => {
      await using browser = await launchBrowser();
      let asked = 0;
      await using elsewhere = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
        asked += 1;
        return new Response("ran = 1", { headers: { "Content-Type": "text/javascript" } });
      });
      const far = `http://127.0.0.1:${elsewhere.addr.port}/x.js`;
      const page = await browser.newPerson();
      const assertNothingRan = watchForScripts(page);
      for (const path of ["/", "/consent", "/oauth/continue/x"]) {
        for (const [what, script] of INJECTIONS) {
          await t.step(`${what}, at ${path}`, async () => {
            await page.goto(`${url}${path}`);
            await page.locator("h1").waitFor();
            const refused = await page.evaluate(`new Promise((resolve) => {
              document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
              const add = (name, properties) => {
                const element = document.createElement(name);
                document.body.append(element);
                return Object.assign(element, properties);
              };
              ${script(far)};
              setTimeout(() => resolve("nothing"), 3000);
            })`);
            assert.match(String(refused), /^(script-src|form-action)/);
            await assertNothingRan();
          });
        }
      }
      assert.equal(asked, 0);
    }),
});
