/**
 * The pages for a static host: the files, `/config.json`, and the rules of the front and the headers in the two files
 * that Netlify reads, `_redirects` and `_headers`. What the embedded server does itself, said to a host that is not ours.
 */
import { cp } from "node:fs/promises";
import type { PublicConfig } from "../../functions/_shared/contract/config.ts";
import { originOf } from "../../functions/_shared/public_urls.ts";
import { REWRITES } from "../front.ts";
import { FOR_EVER, pageHeaders, PAGES } from "../static_host.ts";

const NOT_FOUND = { error: "not_found", error_description: "There is nothing here." };

export interface SiteOptions {
  readonly publicUrl: string;
  /** Where the pages will be. */
  readonly webUrl: string;
  /** Where hosted Supabase serves functions: the name of one follows. */
  readonly functionsUrl: string;
  readonly config: PublicConfig;
}

/** Writes the site of these built pages into this folder, in place of what is there. */
export async function writeSite(dist: string, folder: string, options: SiteOptions): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await cp(dist, folder, { recursive: true });
  const files = {
    "config.json": JSON.stringify(options.config),
    "health.json": JSON.stringify({ status: "ok" }),
    "not_found.json": JSON.stringify(NOT_FOUND),
    "_redirects": redirects(options),
    "_headers": headers(options),
  };
  for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${folder}/${name}`, text);
}

/** Rules from the top, the first that fits. With `!` also where a file has that name. */
function redirects({ publicUrl, webUrl, functionsUrl }: SiteOptions): string {
  // Where the world reaches the functions without the static host, it leads nowhere but to pages.
  const functions = publicUrl === webUrl ? REWRITES : [];
  const rules = [
    ...functions.map(([from, to]) => [from, `${functionsUrl}${to.replace(/\*$/, ":splat")}`, "200!"]),
    // Clients take any document that they find there for an answer.
    ["/.well-known/*", "/not_found.json", "404!"],
    ["/health", "/health.json", "200"],
    ...PAGES.filter((page) => page !== "/").map((page) => [page, "/index.html", "200"]),
    ["/assets/*", "/not_found.json", "404"],
    ["/*", "/index.html", "404"],
  ];
  return rules.map((rule) => `${rule.join(" ")}\n`).join("");
}

function headers({ publicUrl, config }: SiteOptions): string {
  const everywhere = Object.entries(pageHeaders([originOf(publicUrl), originOf(config.supabase_url)]));
  const lines = (entries: readonly (readonly [string, string])[]) =>
    entries.map(([name, value]) => `  ${name}: ${value}\n`).join("");
  return `/*\n${lines(everywhere)}/assets/*\n${lines([["Cache-Control", FOR_EVER]])}`;
}
