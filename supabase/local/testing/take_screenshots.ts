/**
 * `deno task screenshots [name …]`: every page of the gallery, or those whose name begins so, in both languages and
 * themes, on a phone and on a desk, into `.screenshots/`. For looking at, before a change of the pages is called done.
 */
import type { Page } from "playwright-core";
import { prepareGallery } from "../../functions/tests/testing/gallery_steps.ts";
import { walkGallery } from "../../functions/tests/testing/page_gallery.ts";
import { launchBrowser } from "./browser.ts";
import { freePort, startProductProcess } from "./product_process.ts";

const FOLDER = decodeURIComponent(new URL("../../../.screenshots", import.meta.url).pathname);
const SIZES = { phone: { width: 375, height: 740 }, desk: { width: 1280, height: 800 } } as const;

/** A product of its own, with the demo people, on a database that is thrown away. */
async function main(only: readonly string[]): Promise<void> {
  const data = await Deno.makeTempDir({ prefix: "sekisho_screenshots_" });
  await Deno.chmod(data, 0o755);
  try {
    await using product = await startProductProcess({
      PORT: String(freePort()),
      SEKISHO_DATA_DIR: `${data}/data`,
    });
    await using browser = await launchBrowser();
    const gallery = await prepareGallery(product.url);
    await Deno.remove(FOLDER, { recursive: true }).catch(() => {});
    await Deno.mkdir(FOLDER, { recursive: true });
    let taken = 0;
    for (const locale of ["en-US", "ja-JP"]) {
      // Nothing may be on its way from one theme to the other while it is looked at.
      const options = { locale, reducedMotion: "reduce" } as const;
      const shoot = async (page: Page, name: string) => {
        if (only.length > 0 && !only.some((start) => name.startsWith(start))) return;
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme });
          for (const [size, viewport] of Object.entries(SIZES)) {
            await page.setViewportSize(viewport);
            const file = `${name}.${locale.slice(0, 2)}.${colorScheme}.${size}.png`;
            await page.screenshot({ path: `${FOLDER}/${file}`, fullPage: true });
            taken += 1;
          }
        }
      };
      const page = await browser.newPerson(options);
      await walkGallery(page, gallery, (name) => shoot(page, name));
      const without = await browser.newPerson({ ...options, javaScriptEnabled: false });
      await without.goto(product.url);
      await shoot(without, "no_scripts");
    }
    // deno-lint-ignore no-console
    console.log(`${taken} screenshots in .screenshots/`);
  } finally {
    await Deno.remove(data, { recursive: true }).catch(() => {});
  }
}

await main(Deno.args);
