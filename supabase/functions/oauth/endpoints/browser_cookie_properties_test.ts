/** The browser's cookie under random headers: found when it is there once, never made of anything else. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { browserCookieHeader, readBrowserCookie } from "./browser_cookie.ts";

fc.configureGlobal({ seed: 20261121, numRuns: 1000 });

/** Any text at all; half a surrogate pair becomes U+FFFD. (fast-check's own "binary" unit takes a second to set up.) */
const anyText = (minLength = 0, maxLength = 30) =>
  fc.array(fc.nat(0x10ffff), { minLength, maxLength }).map((codes) =>
    String.fromCodePoint(...codes).toWellFormed()
  );

const URLS = ["https://auth.example", "http://localhost:54321"] as const;
const NAMES = { [URLS[0]]: "__Host-sekisho-browser", [URLS[1]]: "sekisho-browser" };
const url = fc.constantFrom(...URLS);
const BASE64URL = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"];
const value = fc.string({ unit: fc.constantFrom(...BASE64URL), minLength: 43, maxLength: 43 });
const name = fc.constantFrom(
  ...Object.values(NAMES),
  "__host-sekisho-browser",
  "sekisho-browser2",
  "x-sekisho-browser",
  "a",
);
const blank = fc.constantFrom("", " ", "  ");
const pair = fc.tuple(
  blank,
  name,
  fc.constantFrom("=", "=", "=", " =", "==", ""),
  fc.oneof(value, fc.string()),
  blank,
)
  .map((parts) => parts.join(""));

Deno.test("readBrowserCookie finds the cookie among any others, and trusts neither of two", () => {
  const others = fc.array(pair.filter((text) => !text.includes(";")), { maxLength: 4 });
  fc.assert(fc.property(url, value, others, fc.nat(4), (publicUrl, own, pairs, at) => {
    const name = NAMES[publicUrl];
    const foreign = pairs.filter((text) => !text.trim().startsWith(`${name}=`));
    const written = browserCookieHeader(own, publicUrl).split(";")[0] ?? "";
    assert.equal(written, `${name}=${own}`);
    const once = foreign.toSpliced(at, 0, written);
    assert.equal(readBrowserCookie(once.join("; "), publicUrl), own);
    assert.equal(readBrowserCookie([...once, written].join(";"), publicUrl), null);
    assert.equal(readBrowserCookie(foreign.join("; "), publicUrl), null);
  }));
});

Deno.test("readBrowserCookie answers any header with null or with the one well-formed value of exactly that name", () => {
  const header = fc.oneof(
    fc.array(pair, { maxLength: 5 }).map((pairs) => pairs.join(";")),
    anyText(),
  );
  fc.assert(fc.property(url, fc.option(header, { nil: undefined }), (publicUrl, sent) => {
    const found = readBrowserCookie(sent, publicUrl);
    if (found === null) return;
    assert.match(found, /^[A-Za-z0-9_-]{43}$/);
    const name = NAMES[publicUrl];
    const own = (sent ?? "").split(";").map((text) => text.trim()).filter((text) =>
      text.startsWith(`${name}=`)
    );
    assert.deepEqual(own, [`${name}=${found}`]);
  }));
});
