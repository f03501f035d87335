/** The home page in a real browser: what it gives a person to carry to their app, and what is left when parts are missing. */
import assert from "node:assert/strict";
import { findBrowser, launchBrowser } from "../../local/testing/browser.ts";
import { onStage } from "./attacks/testing/attack_stage.ts";

const needsBrowser = { ignore: findBrowser() === null };

Deno.test({
  name: "home gives the MCP address, links that carry it into editors, and every tool with its scope",
  ...needsBrowser,
  fn: (t) =>
    onStage(async ({ url }) => {
      await using browser = await launchBrowser();
      const page = await browser.newPerson();
      const listed = page.waitForResponse("**/mcp/tools");
      await page.goto(url);
      const { tools }: { tools: { name: string; title: string; scope: string | null }[] } =
        await (await listed).json();
      await page.getByRole("button", { name: "Copy" }).waitFor();
      const address = `${url}/mcp`;

      await t.step("the address is shown, and copied", async () => {
        assert.equal(await page.locator(".address code").innerText(), address);
        await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: url });
        await page.getByRole("button", { name: "Copy" }).click();
        await page.getByRole("status").getByText("Copied").waitFor();
        assert.equal(await page.evaluate("navigator.clipboard.readText()"), address);
      });

      await t.step("where nothing can be copied, the person is told how else", async () => {
        await page.evaluate('navigator.clipboard.writeText = () => Promise.reject(new Error("no"))');
        await page.getByRole("button", { name: "Copy" }).click();
        await page.getByRole("status").getByText("copy it by hand").waitFor();
      });

      await t.step("the links into editors hold the name and the address", async () => {
        const cursor = await page.getByRole("link", { name: /Cursor/ }).getAttribute("href");
        const config = new URL(cursor ?? "").searchParams.get("config") ?? "";
        assert.deepEqual(JSON.parse(atob(config)), { url: address });
        const code = await page.getByRole("link", { name: /VS Code/ }).getAttribute("href") ?? "";
        const expected = { name: "sekisho", type: "http", url: address };
        assert.deepEqual(JSON.parse(decodeURIComponent(code.replace("vscode:mcp/install?", ""))), expected);
        assert.match(await page.locator("main").innerText(), new RegExp(`http sekisho '${address}'`));
      });

      await t.step("every tool is there with the scope that opens it, in the order of the list", async () => {
        assert.ok(tools.length > 10);
        const shown = page.locator(".tools li");
        await shown.first().waitFor();
        assert.deepEqual(await shown.locator("strong").allInnerTexts(), tools.map(({ title }) => title));
        assert.deepEqual(
          await shown.locator("code").allInnerTexts(),
          tools.flatMap(({ scope }) => scope === null ? [] : [scope]),
        );
      });

      await t.step("the account is one click away", async () => {
        await page.getByRole("link", { name: "Your account" }).click();
        await page.waitForURL(`${url}/account`);
      });

      await t.step("without the list of tools the rest is there", async () => {
        for (const body of ["{}", '{"tools":null}', "no JSON"]) {
          await page.route("**/mcp/tools", (route) => route.fulfill({ body }));
          const answered = page.waitForResponse("**/mcp/tools");
          await page.goto(url);
          await answered;
          await page.getByRole("button", { name: "Copy" }).waitFor();
          assert.equal(await page.locator(".tools").count(), 0);
        }
      });
    }),
});

Deno.test({
  name: "a browser without scripts is told in both languages what to do",
  ...needsBrowser,
  fn: () =>
    onStage(async ({ url }) => {
      await using browser = await launchBrowser();
      const page = await browser.newPerson({ javaScriptEnabled: false });
      await page.goto(`${url}/consent`);
      assert.ok(await page.getByRole("heading", { name: "JavaScript is switched off" }).isVisible());
      const [english, japanese] = await page.locator("noscript p").all();
      assert.ok(await english?.isVisible() && await japanese?.isVisible());
      assert.match(await english?.innerText() ?? "", /Switch it on for this site, then load the page again/);
      assert.match(await japanese?.innerText() ?? "", /このサイトで有効にしてから/);
    }),
});
