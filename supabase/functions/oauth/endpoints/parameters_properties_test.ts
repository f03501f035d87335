/** Forms under random text and random bytes: never anything but an OAuthError, otherwise what URLSearchParams reads. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { readJson } from "../../_shared/http/read_body.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";
import { isPlainText } from "../../_shared/plain_text.ts";
import { MOST_BODY_BYTES, parseParameters, readForm } from "./parameters.ts";

fc.configureGlobal({ seed: 20261121, numRuns: 1000 });

/** Any text at all; half a surrogate pair becomes U+FFFD. (fast-check's own "binary" unit takes a second to set up.) */
const anyText = (minLength = 0, maxLength = 30) =>
  fc.array(fc.nat(0x10ffff), { minLength, maxLength }).map((codes) =>
    String.fromCodePoint(...codes).toWellFormed()
  );

/** Few names, so that some repeat. */
const encoded = fc.oneof(
  fc.string({
    unit: fc.constantFrom(..."a b = = = & & & % + %41 %61 %C3%A9 %FF %00 é ; 0".split(" ")),
    maxLength: 40,
  }),
  anyText(),
);

/** A body that arrives in pieces, cut anywhere. */
function requestOf(bytes: Uint8Array, cuts: readonly number[], headers: Record<string, string>): Request {
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((left, right) =>
    left - right
  );
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      let begin = 0;
      for (const end of ends) {
        if (end > begin) controller.enqueue(bytes.slice(begin, end));
        begin = end;
      }
      controller.close();
    },
  });
  return new Request("http://localhost/oauth/token", { method: "POST", headers, body });
}

/** Name by name, as another reader of forms finds them. */
function expectedParameters(text: string) {
  const all = new URLSearchParams(text);
  const names = [...new Set(all.keys())];
  return {
    duplicates: names.filter((name) => all.getAll(name).length > 1),
    values: names.filter((name) => all.getAll(name).length === 1 && all.get(name) !== "")
      .map((name) => [name, all.get(name)] as const),
  };
}

function isUtf8(body: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(body);
    return true;
  } catch {
    return false;
  }
}

/** Why this body is refused, or null: read as a whole, not in pieces. */
function refusalOf(body: Uint8Array, type: string): string | null {
  if (!/^application\/x-www-form-urlencoded(; charset=UTF-8)?$/.test(type)) return "unsupported_media_type";
  const { duplicates, values } = expectedParameters(new TextDecoder().decode(body));
  const isGood = isUtf8(body) && duplicates.length === 0 &&
    values.every(([, value]) => isPlainText(value ?? ""));
  return isGood ? null : "invalid_request";
}

Deno.test("parseParameters finds every repeated name and otherwise agrees with URLSearchParams", () => {
  fc.assert(fc.property(encoded, (text) => {
    const { values, duplicates } = parseParameters(text);
    const expected = expectedParameters(text);
    assert.deepEqual(new Set(duplicates), new Set(expected.duplicates));
    assert.deepEqual(new Map(values), new Map(expected.values));
  }));
});

Deno.test("readForm answers any bytes, cut anywhere, with an OAuthError or with what URLSearchParams reads", async () => {
  const type = fc.constantFrom(
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=UTF-8",
    "application/x-www-form-urlencoded; charset=utf-16",
    "text/plain",
  );
  const utf8 = fc.oneof(encoded, fc.constantFrom("é=é", "名=前&a=b")).map((text) =>
    new TextEncoder().encode(text)
  );
  const bytes = fc.oneof({ weight: 3, arbitrary: utf8 }, fc.uint8Array({ maxLength: 60 }));
  let read = 0;
  await fc.assert(
    fc.asyncProperty(bytes, fc.array(fc.nat(60), { maxLength: 4 }), type, async (body, cuts, type) => {
      let form;
      try {
        form = await readForm(requestOf(body, cuts, { "Content-Type": type }));
      } catch (error) {
        assert.ok(error instanceof OAuthError, String(error));
        assert.equal(error.code, refusalOf(body, type));
        return;
      }
      read++;
      assert.equal(refusalOf(body, type), null);
      const expected = expectedParameters(new TextDecoder("utf-8", { fatal: true }).decode(body));
      assert.deepEqual(expected.duplicates, []);
      assert.deepEqual(new Map(form), new Map(expected.values));
      assert.ok([...form.values()].every(isPlainText));
    }),
  );
  assert.ok(read > 100, `only ${read} were read`);
});

Deno.test("readForm refuses what is over its size, however it is cut and whatever Content-Length says", async () => {
  const sizes = fc.integer({ min: 32 * 1024 - 2, max: 32 * 1024 + 2 });
  await fc.assert(
    fc.asyncProperty(sizes, fc.array(fc.nat(), { maxLength: 5 }), async (size, cuts) => {
      const request = requestOf(new Uint8Array(size).fill(97), cuts, {
        "Content-Type": "application/x-www-form-urlencoded",
      });
      if (size <= 32 * 1024) await readForm(request);
      else await assert.rejects(readForm(request), { code: "payload_too_large" });
    }),
    { numRuns: 50 },
  );
});

Deno.test("readJson answers any bytes with an OAuthError or with what they say", async () => {
  const bytes = fc.oneof(
    fc.json().map((text) => new TextEncoder().encode(text)),
    fc.uint8Array({ maxLength: 60 }),
  );
  await fc.assert(fc.asyncProperty(bytes, fc.array(fc.nat(60), { maxLength: 4 }), async (body, cuts) => {
    try {
      const value = await readJson(
        requestOf(body, cuts, { "Content-Type": "application/json" }),
        MOST_BODY_BYTES,
      );
      assert.deepEqual(value, JSON.parse(new TextDecoder().decode(body)));
    } catch (error) {
      assert.ok(error instanceof OAuthError, String(error));
      assert.equal(error.code, "invalid_request");
    }
  }));
});
