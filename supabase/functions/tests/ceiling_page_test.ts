/** The consent page in a real browser: a person lowers what an app may reserve for, and cannot raise it. */
import assert from "node:assert/strict";
import { answerAt, findBrowser, launchBrowser, signIn } from "../../local/testing/browser.ts";
import { freePort, onTestDatabase, startProductProcess } from "../../local/testing/product_process.ts";
import { freshDemoDatabase } from "../../local/testing/test_database.ts";
import { askToken, authorizeParameters, REDIRECT_URI, register } from "./testing/http_flow.ts";

const VERIFIER = "v".repeat(43);
const TYPE = "ticket-reservation";

Deno.test({
  name: "a person lowers the ceiling on the consent page, and the token says so",
  ignore: findBrowser() === null,
  async fn() {
    const port = freePort();
    await using database = await freshDemoDatabase(`http://localhost:${port}`);
    await using product = await startProductProcess({ ...onTestDatabase(database), PORT: String(port) });
    await using browser = await launchBrowser();
    const client = await register(product.url);
    const parameters = {
      ...await authorizeParameters(client, VERIFIER, "ticket:read ticket:write"),
      authorization_details: JSON.stringify([{ type: TYPE, maxAmount: 50_000 }]),
    };
    const page = await browser.newPerson();
    const answer = answerAt(page, REDIRECT_URI);
    await page.goto(`${product.url}/oauth/authorize?${new URLSearchParams(parameters)}`);
    await signIn(page);
    const ceiling = page.getByLabel(/Never more than this/);
    const allow = page.getByRole("button", { name: "Allow" });
    assert.equal(await ceiling.inputValue(), "50000");
    for (const wrong of ["50001", "-1", "", "0.5"]) {
      await ceiling.fill(wrong);
      assert.equal(await allow.isDisabled(), true, wrong);
    }
    // What is kept back needs no amount.
    const tickets = page.getByRole("checkbox", { name: /Reserve tickets/ });
    await tickets.uncheck();
    assert.deepEqual([await allow.isDisabled(), await ceiling.isDisabled()], [false, true]);
    await tickets.check();
    await ceiling.fill("3000");
    await allow.click();
    const { client_id } = client;
    const code = (await answer).searchParams.get("code") ?? "";
    const form = { grant_type: "authorization_code", client_id, code, code_verifier: VERIFIER };
    const { body } = await askToken(product.url, form);
    const granted = { type: TYPE, actions: ["reserve", "cancel"], maxAmount: 3000, currency: "JPY" };
    assert.deepEqual((body as { authorization_details?: unknown }).authorization_details, [granted]);
  },
});
