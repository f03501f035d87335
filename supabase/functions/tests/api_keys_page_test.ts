/**
 * API keys on the account page, in a real browser: a key is made by keyboard alone, works, is revoked, and is nowhere in the
 * browser after it was shown.
 */
import assert from "node:assert/strict";
import type { Page, Route } from "playwright-core";
import type { ApiKeys } from "../_shared/contract/account.ts";
import { send, sendJson, type Stage } from "./attacks/testing/attack_stage.ts";
import { createCanaries } from "./attacks/testing/canaries.ts";
import { focused, openAccount, tabTo, testPage, words } from "./testing/account_steps.ts";
import { signInByPassword } from "./testing/http_flow.ts";

/** A name that would turn the sentence around it, and would be markup. */
const NAME = "My\u202Escript <b>";
const SHOWN = "My[U+202E]script <b>";

const LANGUAGES = {
  "en-US": {
    open: "Make a key",
    name: "Name",
    noScope: "Tick at least one line of what it may do.",
    scope: "See your rooms and their bookings",
    lasts: "It ends after",
    submit: "Make key",
    ready: `The API key ${SHOWN} is ready`,
    copy: "Copy",
    copied: "Copied",
    done: "Done",
    title: "API keys",
    revoke: `Revoke ${SHOWN}`,
    sure: `Revoke ${SHOWN}? Programs`,
    yes: "Yes, revoke",
    revoked: `${SHOWN} is revoked.`,
    told: [`You made the API key ${SHOWN}`, `You revoked the API key ${SHOWN}`],
    foreign: /[\p{Script=Hira}\p{Script=Kana}]/u,
  },
  "ja-JP": {
    open: "キーを作成",
    name: "名前",
    noScope: "許可する内容を少なくとも 1 つ選んでください。",
    scope: "部屋とその予約の閲覧",
    lasts: "有効期間",
    submit: "作成する",
    ready: `API キー ${SHOWN} を作成しました`,
    copy: "コピー",
    copied: "コピーしました",
    done: "完了",
    title: "API キー",
    revoke: `${SHOWN} を失効させる`,
    sure: `${SHOWN} を失効させますか？`,
    yes: "はい、失効させる",
    revoked: `${SHOWN} を失効させました。`,
    told: [`API キー ${SHOWN} を作成しました`, `API キー ${SHOWN} を失効させました`],
    foreign: /Made|Ends|Last used|Never|Revoke|days|key /,
  },
} as const;

const call = ({ url }: Stage, key: string) =>
  sendJson(`${url}/mcp/tools/room/list`, {}, { "X-API-Key": key });

async function listKeys({ url }: Stage): Promise<ApiKeys> {
  const session = await signInByPassword(url);
  const { text } = await send(`${url}/api/keys`, { headers: { Authorization: `Bearer ${session}` } });
  return JSON.parse(text);
}

/** Everything that the document holds, and by name everything that outlives it. */
async function traces(page: Page): Promise<{ document: string; kept: string }> {
  return {
    document: await page.evaluate(`JSON.stringify([
      document.documentElement.outerHTML, [...document.querySelectorAll("input")].map(({ value }) => value),
    ])`),
    kept: await page.evaluate(`(async () => JSON.stringify([
      location.href, history.state, document.title, document.cookie, globalThis.name, { ...localStorage }, { ...sessionStorage },
      await indexedDB.databases(), await caches.keys(),
      performance.getEntries().map(({ name }) => name),
    ]))()`) + JSON.stringify(await page.context().storageState({ indexedDB: true })),
  };
}

/** All strings that the scripts of the page can still reach. */
async function heapOf(page: Page): Promise<string> {
  const session = await page.context().newCDPSession(page);
  let heap = "";
  session.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => heap += chunk);
  await session.send("HeapProfiler.collectGarbage");
  await session.send("HeapProfiler.takeHeapSnapshot");
  await session.detach();
  return heap;
}

/** Fills in the form by mouse and answers the field with the key. */
async function makeKey(page: Page, name = "A key") {
  await page.getByRole("button", { name: "Make a key" }).click();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("See your rooms and their bookings").check();
  await page.getByRole("button", { name: "Make key" }).click();
  return page.getByRole("textbox", { name: "API key" });
}

for (const [locale, say] of Object.entries(LANGUAGES)) {
  testPage(
    `by keyboard alone, a person makes an API key, uses it and revokes it, in ${locale}; it is nowhere after it was shown`,
    async (stage, newPerson) => {
      const page = await newPerson(locale);
      await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: stage.url });
      const canaries = createCanaries();
      const told: string[] = [];
      page.on("console", (message) => told.push(message.text()));
      page.on("request", (request) => told.push(request.url(), JSON.stringify(request.headers())));
      await openAccount(page, stage);

      await tabTo(page, say.open);
      await page.keyboard.press("Enter");
      const name = page.getByRole("textbox", { name: say.name, exact: true });
      assert.ok(await name.evaluate((field) => field === field.ownerDocument.activeElement));
      await page.keyboard.type(NAME);
      assert.equal(await page.getByRole("checkbox", { checked: true }).count(), 0);
      await page.keyboard.press("Enter");
      await page.getByRole("alert").filter({ hasText: say.noScope }).waitFor();
      assert.equal((await listKeys(stage)).keys.length, 0);
      await tabTo(page, say.scope);
      await page.keyboard.press("Space");
      await tabTo(page, say.lasts);
      await page.keyboard.press("ArrowDown");
      await tabTo(page, say.submit);
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: say.ready, exact: true }).waitFor();
      assert.equal(await focused(page), say.ready);

      const key = canaries.mark("API key", await page.locator("input[readonly]").inputValue());
      assert.match(key, /^sekisho_/);
      assert.equal((await call(stage, key)).status, 200);
      const [own] = (await listKeys(stage)).keys;
      assert.deepEqual([own?.name, own?.scopes], [NAME, ["booking:read"]]);
      assert.equal(Date.parse(own?.expires_at ?? "") - Date.parse(own?.created_at ?? ""), 90 * 86_400_000);
      // Where it is looked for later, it is found now; what is kept never holds it.
      const shown = await traces(page);
      assert.deepEqual(canaries.foundIn(shown.document), ["API key"]);
      assert.deepEqual(canaries.foundIn(shown.kept), []);
      assert.deepEqual(canaries.foundIn(await heapOf(page)), ["API key"]);
      await tabTo(page, say.copy);
      await page.keyboard.press("Enter");
      await page.getByRole("status").filter({ hasText: say.copied }).waitFor();
      assert.equal(await page.evaluate("navigator.clipboard.readText()"), key);
      await page.evaluate('navigator.clipboard.writeText("")');

      await tabTo(page, say.done);
      await page.keyboard.press("Enter");
      await page.locator("input[readonly]").waitFor({ state: "detached" });
      assert.equal(await focused(page), say.title);
      assert.deepEqual(canaries.foundIn(Object.values(await traces(page)).join()), []);
      assert.deepEqual(canaries.foundIn(await heapOf(page)), []);

      assert.doesNotMatch(await words(page), /\u202E/);
      await tabTo(page, say.revoke);
      // Enter twice asks, and does nothing more.
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: say.yes }).waitFor();
      assert.ok((await focused(page)).startsWith(say.sure));
      await page.keyboard.press("Enter");
      assert.equal((await call(stage, key)).status, 200);
      await tabTo(page, say.yes);
      await page.keyboard.press("Enter");
      await page.getByRole("status").filter({ hasText: say.revoked }).waitFor();
      assert.equal(await focused(page), say.title);
      assert.equal((await call(stage, key)).status, 401);
      for (const words of say.told) await page.getByRole("listitem").filter({ hasText: words }).waitFor();
      assert.doesNotMatch((await words(page)).replaceAll(SHOWN, ""), say.foreign);
      assert.deepEqual(canaries.foundIn(told.join("\n")), []);
      for (const product of stage.products) assert.deepEqual(canaries.foundIn(product.output()), []);
    },
  );
}

testPage(
  "a key that was shown is gone after a reload, and when the person comes back",
  async (stage, newPerson) => {
    const canaries = createCanaries();
    const page = await newPerson();
    await openAccount(page, stage);
    const leave = [
      () => page.reload(),
      async () => {
        await page.getByRole("link", { name: "Sekisho" }).first().click();
        await page.getByRole("heading", { name: "A checkpoint for your apps" }).waitFor();
        assert.deepEqual(canaries.foundIn(Object.values(await traces(page)).join()), []);
        await page.goBack();
      },
      async () => {
        await page.getByRole("button", { name: "Not you?" }).click();
        await page.getByRole("heading", { name: "Sign in" }).waitFor();
        await openAccount(page, stage);
      },
    ];
    for (const [count, go] of leave.entries()) {
      canaries.mark("API key", await (await makeKey(page)).inputValue());
      await go();
      await page.getByRole("button", { name: "Make a key" }).waitFor();
      assert.equal(await page.getByRole("button", { name: "Revoke A key" }).count(), count + 1);
      assert.deepEqual(canaries.foundIn(Object.values(await traces(page)).join()), []);
    }
  },
);

testPage("why a key was not made is said in words, and the form stays as it is", async (stage, newPerson) => {
  const page = await newPerson();
  await openAccount(page, stage);
  const alert = (words: RegExp) => page.getByRole("alert").filter({ hasText: words }).waitFor();
  await page.getByRole("button", { name: "Make a key" }).click();
  await page.getByLabel("Name", { exact: true }).fill("   ");
  await page.getByRole("button", { name: "Make key" }).click();
  await alert(/Give the key a name/);
  await page.getByLabel("Name", { exact: true }).fill("Tab\tbed");
  await page.getByLabel("See your orders").check();
  await page.getByRole("button", { name: "Make key" }).click();
  await alert(/did not accept/);

  await page.getByLabel("Name", { exact: true }).fill("A lost one");
  // The server makes it, and its answer is lost on the way.
  const lose = async (route: Route) => {
    if (route.request().method() !== "POST") return await route.continue();
    await route.fetch();
    await route.abort();
  };
  await page.route("**/api/keys", lose);
  await page.getByRole("button", { name: "Make key" }).click();
  await alert(/could not be reached.*revoke it/);
  await page.getByRole("button", { name: "Revoke A lost one" }).waitFor();
  await page.unroute("**/api/keys", lose);

  const session = await signInByPassword(stage.url);
  for (let made = 1; made < 20; made++) {
    const body = { name: `Key ${made}`, scopes: ["order:read"], days: 1 };
    const answer = await sendJson(`${stage.url}/api/keys`, body, { Authorization: `Bearer ${session}` });
    assert.equal(answer.status, 201);
  }
  await page.getByRole("button", { name: "Make key" }).click();
  await alert(/as many keys as one person may have/);
  assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "A lost one");
  assert.equal(await page.getByLabel("See your orders").isChecked(), true);

  await stage.rows("update auth.users set banned_until = now() + interval '1 day'");
  await page.getByRole("button", { name: "Make key" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  assert.match(await words(page), /Your sign-in has ended/);
});

testPage(
  "where there are several resources, a key is for the chosen one, and signing out everywhere ends it",
  async (stage, newPerson) => {
    const other = "https://other.example/mcp";
    const scopes = [{
      name: "file:read",
      description: { en: "See your files", ja: "ファイルの閲覧" },
      tools: [],
    }];
    await stage.rows(
      "insert into oauth.resources (identifier, name, scopes, default_scope) values ($1, 'Files', $2, '{}')",
      [other, JSON.stringify(scopes)],
    );
    const page = await newPerson();
    await openAccount(page, stage);
    await page.getByRole("button", { name: "Make a key" }).click();
    await page.getByLabel("Name", { exact: true }).fill("A file reader");
    await page.getByLabel("See your orders").check();
    await page.getByLabel("For", { exact: true }).selectOption(other);
    assert.equal(await page.getByRole("checkbox").count(), 1);
    assert.equal(await page.getByRole("checkbox", { checked: true }).count(), 0);
    await page.getByLabel("See your files").check();
    await page.getByRole("button", { name: "Make key" }).click();
    await page.getByRole("button", { name: "Done" }).click();
    const [own] = (await listKeys(stage)).keys;
    assert.deepEqual([own?.resource, own?.scopes], [other, ["file:read"]]);
    const row = await page.getByRole("listitem").filter({ hasText: "Never used" }).innerText();
    assert.ok(row.includes(other) && row.includes("See your files"));

    await page.getByRole("button", { name: "Sign out everywhere" }).click();
    await page.getByRole("button", { name: "Yes, sign out everywhere" }).click();
    await page.getByRole("heading", { level: 1, name: "Signed out everywhere" }).waitFor();
    assert.deepEqual((await listKeys(stage)).keys, []);
    await openAccount(page, stage);
    assert.match(await words(page), /You signed out everywhere: the API key A file reader was revoked/);
  },
);
