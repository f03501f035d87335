import assert from "node:assert/strict";
import { countedRandom } from "../testing/test_deps.ts";
import { browserCookieHeader, newBrowserCookie, readBrowserCookie } from "./browser_cookie.ts";

const VALUE = "v".repeat(43);
const HTTPS = "https://auth.example";
const LOOPBACK = "http://localhost:54321";

Deno.test("browserCookieHeader is __Host-, Secure, HttpOnly and Lax on https", () => {
  assert.equal(
    browserCookieHeader(VALUE, HTTPS),
    `__Host-sekisho-browser=${VALUE}; Path=/; HttpOnly; SameSite=Lax; Secure`,
  );
});

Deno.test("browserCookieHeader is unprefixed only on plain http of this computer", () => {
  assert.equal(
    browserCookieHeader(VALUE, LOOPBACK),
    `sekisho-browser=${VALUE}; Path=/; HttpOnly; SameSite=Lax`,
  );
  assert.match(browserCookieHeader(VALUE, "https://localhost:54321"), /^__Host-.*; Secure$/);
});

Deno.test("readBrowserCookie finds the cookie among others", () => {
  for (
    const header of [
      `__Host-sekisho-browser=${VALUE}`,
      `a=b; __Host-sekisho-browser=${VALUE}; c=d`,
      `a=b;__Host-sekisho-browser=${VALUE}`,
    ]
  ) assert.equal(readBrowserCookie(header, HTTPS), VALUE, header);
});

Deno.test("readBrowserCookie never takes one name for the other", () => {
  assert.equal(readBrowserCookie(`sekisho-browser=${VALUE}`, HTTPS), null);
  assert.equal(readBrowserCookie(`__Host-sekisho-browser=${VALUE}`, LOOPBACK), null);
  assert.equal(readBrowserCookie(`x__Host-sekisho-browser=${VALUE}`, HTTPS), null);
  assert.equal(readBrowserCookie(`__host-sekisho-browser=${VALUE}`, HTTPS), null);
});

Deno.test("readBrowserCookie takes no value that it would not have made", () => {
  for (
    const value of [
      "",
      "v".repeat(42),
      "v".repeat(44),
      `"${VALUE}"`,
      `${VALUE.slice(1)}=`,
      `${VALUE.slice(1)}é`,
    ]
  ) assert.equal(readBrowserCookie(`__Host-sekisho-browser=${value}`, HTTPS), null, value);
  assert.equal(readBrowserCookie(undefined, HTTPS), null);
  assert.equal(readBrowserCookie("", HTTPS), null);
});

Deno.test("readBrowserCookie trusts neither of two of the same name", () => {
  const one = `__Host-sekisho-browser=${VALUE}`;
  assert.equal(readBrowserCookie(`${one}; __Host-sekisho-browser=${"w".repeat(43)}`, HTTPS), null);
  assert.equal(readBrowserCookie(`${one}; ${one}`, HTTPS), null);
});

Deno.test("newBrowserCookie makes 256 bits that readBrowserCookie takes", () => {
  const random = countedRandom();
  const [one, other] = [newBrowserCookie({ random }), newBrowserCookie({ random })];
  assert.notEqual(one, other);
  assert.equal(readBrowserCookie(`__Host-sekisho-browser=${one}`, HTTPS), one);
});
