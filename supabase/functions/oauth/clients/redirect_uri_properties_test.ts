/** Redirect URI rules under random input, against an oracle that splits texts where the product matches patterns. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describeRedirectHost, isRegistrableRedirectUri, matchRedirectUri } from "./redirect_uri.ts";

fc.configureGlobal({ seed: 20261121, numRuns: 1000 });

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];
const anyOf = (...values: string[]) => fc.constantFrom(...values);
const joined = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((texts) => texts.join(""));

const port = fc.oneof(
  anyOf("", ":", ":0", ":00080", ":65535", ":65536", ":8a"),
  fc.nat(70_000).map((n) => `:${n}`),
);
const rest = joined(
  anyOf("", "/", "/callback", "/a//b", "/Callback", "/%63allback", "/callback/"),
  anyOf("", "?", "?a=1", "?A=1", "#", "#f"),
);
const host = anyOf(
  ...LOOPBACK,
  "LOCALHOST",
  "localhost.",
  "localhost.evil.example",
  "localhost@evil.example",
  "127.0.0.1.evil.example",
  "127.0.0.2",
  "127.1",
  "2130706433",
  "[::]",
  "[0::1]",
  "app.example",
  "evil.example",
);
const scheme = anyOf("http", "http", "http", "https", "HTTP", "cursor");
const uri = joined(scheme, anyOf("://", "://", "://", ":/", ":///"), host, port, rest);

/** Every text that differs by one character: one put in, taken out, or replaced. */
const oneCharacterOff = (text: string) =>
  fc.record({
    at: fc.nat(text.length),
    put: fc.oneof(fc.string({ minLength: 1, maxLength: 1 }), anyOf("/", ".", "@", "#", "%", "\t", "\0", "é")),
    taken: fc.nat(1),
  }).map(({ at, put, taken }) => text.slice(0, at) + put + text.slice(at + taken))
    .chain((changed) =>
      fc.constantFrom(changed, ...[...text].map((_, i) => text.slice(0, i) + text.slice(i + 1)))
    )
    .filter((changed) => changed !== text);

/** Host and rest of an http URI on this computer: found by cutting, not by a pattern. */
function cutLoopback(text: string): string | null {
  if (!text.startsWith("http://")) return null;
  const after = text.slice("http://".length);
  const ends = ["/", "?"].map((mark) => after.indexOf(mark)).filter((at) => at >= 0);
  const end = Math.min(after.length, ...ends);
  const authority = after.slice(0, end);
  const found = LOOPBACK.find((name) => authority === name || authority.startsWith(`${name}:`));
  if (found === undefined) return null;
  if (authority !== found) {
    const digits = [...authority.slice(found.length + 1)];
    if (digits.length < 1 || digits.length > 5 || !digits.every((digit) => "0123456789".includes(digit))) {
      return null;
    }
    if (Number(digits.join("")) > 65_535) return null;
  }
  return found + " " + after.slice(end);
}

Deno.test("matchRedirectUri agrees with the oracle on URIs that are alike", () => {
  fc.assert(fc.property(fc.array(uri, { maxLength: 4 }), uri, (registered, sent) => {
    const expected = registered.find((candidate) => candidate === sent) ??
      registered.find((candidate) =>
        cutLoopback(sent) !== null && cutLoopback(candidate) === cutLoopback(sent)
      ) ?? null;
    assert.equal(matchRedirectUri(sent, registered), expected);
  }));
});

Deno.test("matchRedirectUri finds whatever is registered byte for byte", () => {
  fc.assert(fc.property(fc.string(), fc.array(fc.string()), (sent, others) => {
    assert.equal(matchRedirectUri(sent, [...others, sent]), sent);
  }));
});

Deno.test("matchRedirectUri never takes a URI that is one character off, unless that is a loopback port", () => {
  const pairs = uri.chain((text) => fc.tuple(fc.constant(text), oneCharacterOff(text)));
  fc.assert(fc.property(pairs, ([registered, sent]) => {
    if (cutLoopback(registered) !== null && cutLoopback(registered) === cutLoopback(sent)) return;
    assert.equal(matchRedirectUri(sent, [registered]), null);
  }));
});

Deno.test("matchRedirectUri takes every port of a loopback host and never another host or another rest", () => {
  const goodPort = fc.oneof(fc.constant(""), fc.integer({ min: 1, max: 65_535 }).map((n) => `:${n}`));
  const place = fc.tuple(fc.constantFrom(...LOOPBACK), anyOf("", "/", "/callback", "/callback?a=1"));
  fc.assert(
    fc.property(place, goodPort, place, goodPort, ([host, rest], port, [otherHost, otherRest], otherPort) => {
      const registered = `http://${host}${port}${rest}`;
      assert.equal(matchRedirectUri(`http://${host}${otherPort}${rest}`, [registered]), registered);
      const same = host === otherHost && rest === otherRest;
      const found = matchRedirectUri(`http://${otherHost}${otherPort}${otherRest}`, [registered]);
      assert.equal(found, same ? registered : null);
    }),
  );
});

Deno.test("isRegistrableRedirectUri refuses a dangerous scheme in any case and with any character put in", () => {
  const dangerous = anyOf(
    "javascript",
    "data",
    "vbscript",
    "file",
    "blob",
    "about",
    "filesystem",
    "view-source",
    "ws",
  );
  const cased = fc.oneof(
    dangerous,
    dangerous.chain((name) =>
      fc.array(fc.boolean(), { minLength: name.length, maxLength: name.length }).map((upper) =>
        [...name].map((letter, index) => upper[index] ? letter.toUpperCase() : letter).join("")
      )
    ),
  );
  const blank = anyOf("", "", "", "", " ", "\t", "\n", "\r", "\0", "\u00a0", "\u200b", "\ufeff");
  const written = fc.tuple(cased, fc.nat(12), blank, blank).map(([name, at, inside, before]) =>
    `${before}${name.slice(0, at)}${inside}${name.slice(at)}:`
  );
  const tail = fc.oneof(fc.string(), anyOf("//app.example/callback", "/callback", "alert(1)", "text/html,x"));
  fc.assert(fc.property(written, tail, (begin, end) => {
    assert.equal(isRegistrableRedirectUri(begin + end), false);
  }));
});

Deno.test("isRegistrableRedirectUri accepts only what a browser reads as people do: scheme, host and port", () => {
  const pieces = anyOf(
    ..."https: https:// http: http:// cursor: // / \\ @ : . ? # %2e %40 app.example evil.example localhost 127.0.0.1"
      .split(" "),
    ...["[::1]", "0x7f.1", "①", "。", ":443", ":80", ":8080", "\t", " ", "xn--", "ß", "user:pw@", "EXAMPLE"],
  );
  const any = fc.oneof(uri, fc.webUrl(), joined(anyOf("https://", "http://", "cursor://"), host, port, rest));
  const wild = fc.array(pieces, { maxLength: 7 }).map((texts) => texts.join(""));
  const off = uri.chain(oneCharacterOff);
  let accepted = 0;
  fc.assert(fc.property(fc.oneof(any, wild, off), (text) => {
    if (!isRegistrableRedirectUri(text)) return;
    accepted++;
    const read = new URL(text);
    assert.ok(text.startsWith(read.protocol));
    assert.equal(read.username + read.password + read.hash, "");
    assert.ok(!/[\s\\"'<>#]/.test(text));
    if (!/^https?:$/.test(read.protocol)) return;
    const [, shown = "", shownPort] = /^(.*?)(?::(\d+))?$/.exec(describeRedirectHost(text)) ?? [];
    assert.equal(shown.toLowerCase(), read.hostname);
    const standard = read.protocol === "https:" ? 443 : 80;
    assert.equal(Number(shownPort ?? standard), Number(read.port || standard));
    if (read.protocol === "http:") assert.ok(LOOPBACK.includes(read.hostname));
  }));
  assert.ok(accepted > 100, `only ${accepted} were accepted`);
});
