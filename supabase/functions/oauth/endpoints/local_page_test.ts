import assert from "node:assert/strict";
import { type LocalPage, localPage, STYLE, STYLE_HASH } from "./local_page.ts";

const PAGE: LocalPage = {
  status: 400,
  title: { en: "Title", ja: "題" },
  text: { en: "Text & more", ja: "本文" },
};

function render(page: LocalPage, language?: string, plainText = false): Response {
  const headers: HeadersInit = language === undefined ? {} : { "Accept-Language": language };
  return localPage(page, new Request("https://auth.example/", { headers }), plainText);
}

Deno.test("STYLE_HASH is the SHA-256 of STYLE, and the policy allows that style and nothing else", async () => {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(STYLE));
  assert.equal(STYLE_HASH, `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`);
  const response = render(PAGE);
  assert.equal(
    response.headers.get("Content-Security-Policy"),
    `default-src 'none'; style-src '${STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
  );
  assert.ok((await response.text()).includes(`<style>${STYLE}</style>`));
});

Deno.test("localPage carries the safe headers and the status", () => {
  const { status, headers } = render(PAGE);
  assert.equal(status, 400);
  assert.equal(headers.get("Content-Type"), "text/html; charset=utf-8");
  assert.equal(headers.get("Cache-Control"), "no-store");
  assert.equal(headers.get("X-Content-Type-Options"), "nosniff");
  assert.equal(headers.get("X-Frame-Options"), "DENY");
  assert.equal(headers.get("Referrer-Policy"), "no-referrer");
});

Deno.test("localPage speaks the first of its languages that the browser names, else English", async () => {
  for (
    const [header, language] of [
      [undefined, "en"],
      ["", "en"],
      ["ja", "ja"],
      ["ja-JP,en;q=0.5", "ja"],
      ["JA", "ja"],
      ["en-US,ja;q=0.9", "en"],
      ["fr, ja;q=0.8, en;q=0.7", "ja"],
      ["de", "en"],
      ["*", "en"],
    ] as const
  ) {
    const response = render(PAGE, header);
    assert.equal(response.headers.get("Content-Language"), language, String(header));
    const text = await response.text();
    assert.ok(text.includes(`<html lang="${language}">`));
    assert.ok(text.includes(`<h1>${PAGE.title[language]}</h1>`));
  }
});

Deno.test("localPage escapes every text and the link", async () => {
  const evil = `"'><img src=x onerror=alert(1)>&`;
  const words = { en: evil, ja: evil };
  const response = render({ status: 400, title: words, text: words, link: { label: words, href: evil } });
  const text = await response.text();
  assert.ok(!text.includes("<img"));
  assert.equal(text.split("&quot;&#39;&gt;&lt;img src=x onerror=alert(1)&gt;&amp;").length, 6);
  assert.ok(text.includes('<a rel="noreferrer" href="&quot;'));
});

Deno.test("localPage has a link only when there is somewhere to return to", async () => {
  assert.ok(!(await render(PAGE).text()).includes("<a "));
});

Deno.test("localPage is plain text where no HTML is served", async () => {
  const link = { label: { en: "Return", ja: "戻る" }, href: "https://client.example/?a=1&b=2" };
  const response = render({ ...PAGE, link }, "en", true);
  assert.equal(response.headers.get("Content-Type"), "text/plain; charset=utf-8");
  assert.equal(await response.text(), "Title\n\nText & more\n\nReturn:\nhttps://client.example/?a=1&b=2\n");
  assert.equal(await render(PAGE, "ja", true).text(), "題\n\n本文\n");
});
