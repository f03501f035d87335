/**
 * Every page in every state, in both languages and both themes: usable by everybody (axe-core), nothing moves under the
 * finger, nothing comes from elsewhere. And what a person on a slow line must load before deciding.
 */
import assert from "node:assert/strict";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { buildWeb } from "../../local/build_web.ts";
import { findBrowser, launchBrowser } from "../../local/testing/browser.ts";
import { freePort, onTestDatabase, startProductProcess } from "../../local/testing/product_process.ts";
import { freshDemoDatabase } from "../../local/testing/test_database.ts";
import { prepareGallery } from "./testing/gallery_steps.ts";
import { VIEW_NAMES, walkGallery } from "./testing/page_gallery.ts";

const MOST_SCRIPT_BYTES = 60_000;

/** What axe finds in the page as it is, as a person can read it. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { testEngine, violations, passes } = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run()
  );
  assert.ok(testEngine.name === "axe-core" && passes.length > 5);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`)
  );
}

/** Counts, in every document from now on, what moves without the person having done anything (Layout Instability). */
async function watchShifts(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    const page = globalThis as unknown as { shifted: number };
    page.shifted = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as unknown as { value: number; hadRecentInput: boolean }[]) {
        if (!entry.hadRecentInput) page.shifted += entry.value;
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
  return () =>
    page.evaluate(async () => {
      const page = globalThis as unknown as {
        shifted: number;
        requestAnimationFrame(then: () => void): void;
      };
      // What moved is reported after the frame in which it did.
      for (let frame = 0; frame < 2; frame += 1) {
        await new Promise((resolve) => page.requestAnimationFrame(() => setTimeout(resolve)));
      }
      return page.shifted;
    });
}

for (const locale of ["en-US", "ja-JP"]) {
  Deno.test({
    name:
      `axe finds nothing in any page in ${locale}, light or dark; nothing moves or is loaded from elsewhere`,
    ignore: findBrowser() === null,
    async fn(t) {
      const port = freePort();
      await using database = await freshDemoDatabase(`http://localhost:${port}`);
      await using product = await startProductProcess({ ...onTestDatabase(database), PORT: String(port) });
      await using browser = await launchBrowser();
      const gallery = await prepareGallery(product.url);
      // Whoever asks for less motion gets none: not even a color on its way from one theme to the other.
      const page = await browser.newPerson({ locale, reducedMotion: "reduce" });
      const asked: string[] = [];
      page.on("request", (request) => asked.push(request.url()));
      const shifts = await watchShifts(page);
      const seen: string[] = [];
      await walkGallery(page, gallery, async (name) => {
        seen.push(name);
        await t.step(name, async () => {
          assert.equal(await shifts(), 0, "something moved");
          assert.equal(await page.locator("html").getAttribute("lang"), locale.slice(0, 2));
          assert.equal(await page.locator("h1").count(), 1);
          for (const colorScheme of ["light", "dark"] as const) {
            await page.emulateMedia({ colorScheme });
            assert.equal(await page.evaluate("document.getAnimations().length"), 0, "something is moving");
            assert.deepEqual(await violations(page), [], colorScheme);
          }
        });
      });
      assert.deepEqual(seen, VIEW_NAMES);
      // A check that finds nothing anywhere must find this.
      await page.evaluate('document.querySelector("main").append(new Image())');
      assert.match((await violations(page)).join(), /^image-alt: /);
      assert.deepEqual(asked.filter((url) => new URL(url).origin !== product.url), []);
      assert.ok(asked.length > seen.length);
    },
  });
}

Deno.test("the scripts that the consent page loads are at most 60 kB, compressed", async () => {
  const dist = await buildWeb(() => {});
  const html = await Deno.readTextFile(`${dist}/index.html`);
  const first = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map(([, path = ""]) => path);
  assert.ok(first.length > 0);
  // With everything that those import before they run, but not what they load later.
  const files = new Set(first);
  for (const path of files) {
    const code = await Deno.readTextFile(dist + path);
    for (const [, name] of code.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) {
      files.add(`/assets/${name}`);
    }
  }
  let bytes = 0;
  for (const path of files) {
    const file = await Deno.open(dist + path);
    const compressed = file.readable.pipeThrough(new CompressionStream("gzip"));
    bytes += (await new Response(compressed).arrayBuffer()).byteLength;
  }
  assert.ok(bytes > 10_000 && bytes <= MOST_SCRIPT_BYTES, `${bytes} bytes`);
});
