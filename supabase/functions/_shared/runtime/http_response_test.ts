import assert from "node:assert/strict";
import fc from "fast-check";
import type { Read } from "./byte_source.ts";
import { type OutboundResponse, readHttpResponse } from "./http_response.ts";
import { OutboundError, type OutboundReason } from "./outbound_error.ts";

const bytesOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const textOf = (bytes: Uint8Array) => String.fromCharCode(...bytes);
const lines = (...texts: string[]) => texts.join("\r\n");

/** Reads that give these bytes in pieces of these sizes, then the end; `asked` is how many bytes were given. */
function inPieces(bytes: Uint8Array, sizes: readonly number[] = []): { read: Read; given: () => number } {
  let offset = 0;
  let turn = 0;
  return {
    given: () => offset,
    read: (into) => {
      const size = sizes.length === 0 ? bytes.length : sizes[turn++ % sizes.length] ?? 1;
      const piece = bytes.subarray(offset, offset + Math.min(size, into.length));
      into.set(piece);
      offset += piece.length;
      return Promise.resolve(piece.length === 0 ? null : piece.length);
    },
  };
}

const parse = (text: string, mostBytes = 100, sizes: readonly number[] = []): Promise<OutboundResponse> =>
  readHttpResponse(inPieces(bytesOf(text), sizes).read, mostBytes);

async function refusedFor(text: string, mostBytes = 100, sizes: readonly number[] = []) {
  try {
    await parse(text, mostBytes, sizes);
    return null;
  } catch (error) {
    assert.ok(error instanceof OutboundError, String(error));
    return error.reason;
  }
}

const OK = "HTTP/1.1 200 OK";

Deno.test("readHttpResponse reads a body by its length, in chunks, or until the end", async () => {
  const answers: Readonly<Record<string, string>> = {
    [lines(OK, "Content-Length: 5", "", "hello, and more")]: "hello",
    [lines(OK, "content-length:\t0 ", "", "")]: "",
    [lines(OK, "", "hello")]: "hello",
    [lines("HTTP/1.0 200 OK", "", "hello")]: "hello",
    [lines("HTTP/1.1 200", "", "")]: "",
    [lines("HTTP/1.1 200 ", "Content-Encoding: Identity", "", "x")]: "x",
    [lines(OK, "Transfer-Encoding: Chunked", "", "5", "hello", "0", "", "")]: "hello",
    [lines(OK, "Transfer-Encoding: chunked", "", '3;a="b"', "hel", "02 ;x", "lo", "00", "T: x", "", "")]:
      "hello",
    [lines("HTTP/1.1 103 Early", "Link: </a>", "", "HTTP/1.1 100 Go", "", OK, "", "x")]: "x",
    [lines("HTTP/1.1 204 None", "Content-Length: 3", "", "abc")]: "",
    [lines("HTTP/1.1 404 No", "Content-Length: 1", "", "x")]: "x",
  };
  for (const [answer, body] of Object.entries(answers)) {
    assert.equal(textOf((await parse(answer)).body), body, JSON.stringify(answer));
  }
});

Deno.test("readHttpResponse gives status and headers", async () => {
  const { status, headers } = await parse(
    lines(
      "HTTP/1.1 404 No",
      "Content-Type:  application/json\t",
      "Cache-Control: a",
      "cache-control: b",
      "X:",
      "",
      "",
    ),
  );
  assert.equal(status, 404);
  assert.deepEqual(Object.fromEntries(headers), {
    "cache-control": "a, b",
    "content-type": "application/json",
    x: "",
  });
});

Deno.test("readHttpResponse refuses what can be read in two ways", async () => {
  const chunked = lines(OK, "Transfer-Encoding: chunked", "", "");
  const table: Readonly<Record<string, OutboundReason>> = {
    "": "malformed",
    "\r\n": "malformed",
    "hello": "malformed",
    "HTTP/1.1 200 OK": "malformed",
    "HTTP/1.1 200 OK\r\n": "malformed",
    "HTTP/1.1 200 OK\n\n": "malformed",
    "\n": "malformed",
    [lines("HTTP/2 200 OK", "", "")]: "malformed",
    [lines("HTTP/1.1 2000 OK", "", "")]: "malformed",
    [lines("HTTP/1.1 099 OK", "", "")]: "malformed",
    [lines("HTTP/1.1 600 OK", "", "")]: "malformed",
    [lines("HTTP/1.1  200 OK", "", "")]: "malformed",
    [lines("http/1.1 200 OK", "", "")]: "malformed",
    [lines("HTTP/1.1 200 O\rK", "", "")]: "malformed",
    [lines("HTTP/1.1 101 Upgrade", "", "")]: "malformed",
    [lines("HTTP/1.1 100 Go", "", "")]: "malformed",
    [lines(OK, "A: b", " folded", "", "")]: "malformed",
    [lines(OK, " A: b", "", "")]: "malformed",
    [lines(OK, "A : b", "", "")]: "malformed",
    [lines(OK, ": b", "", "")]: "malformed",
    [lines(OK, "A", "", "")]: "malformed",
    [lines(OK, "A: \0", "", "")]: "malformed",
    [lines(OK, "A: b\rC: d", "", "")]: "malformed",
    [lines(OK, "Ä: b", "", "")]: "malformed",
    [lines(OK, "Content-Length: 1", "Content-Length: 2", "", "xx")]: "malformed",
    [lines(OK, "Content-Length: 1", "content-length: 1", "", "x")]: "malformed",
    [lines(OK, "Content-Length: 1, 1", "", "x")]: "malformed",
    [lines(OK, "Content-Length: +1", "", "x")]: "malformed",
    [lines(OK, "Content-Length: 0x1", "", "x")]: "malformed",
    [lines(OK, "Content-Length: -1", "", "x")]: "malformed",
    [lines(OK, "Content-Length: ", "", "x")]: "malformed",
    [lines(OK, `Content-Length: ${"0".repeat(16)}1`, "", "x")]: "malformed",
    [lines(OK, "Content-Length: 2", "", "x")]: "malformed",
    [lines(OK, "Content-Length: 1", "Transfer-Encoding: chunked", "", "0", "", "")]: "malformed",
    [lines(OK, "Transfer-Encoding: chunked", "Transfer-Encoding: chunked", "", "0", "", "")]: "malformed",
    [lines("HTTP/1.0 200 OK", "Transfer-Encoding: chunked", "", "0", "", "")]: "malformed",
    [lines("HTTP/1.1 204 None", "Transfer-Encoding: chunked", "", "0", "", "")]: "malformed",
    [lines(OK, "Transfer-Encoding: gzip, chunked", "", "0", "", "")]: "encoding",
    [lines(OK, "Transfer-Encoding: chunked, chunked", "", "0", "", "")]: "encoding",
    [lines(OK, "Transfer-Encoding: xchunked", "", "0", "", "")]: "encoding",
    [lines(OK, "Transfer-Encoding:", "", "0", "", "")]: "encoding",
    [lines(OK, "Content-Encoding: gzip", "", "x")]: "encoding",
    [lines(OK, "Content-Encoding: br", "", "x")]: "encoding",
    [lines(OK, "Content-Encoding: identity, gzip", "", "x")]: "encoding",
    [lines(OK, "Content-Encoding: identity", "Content-Encoding: gzip", "", "x")]: "malformed",
    [chunked]: "malformed",
    [`${chunked}\r\n`]: "malformed",
    [`${chunked}g\r\n`]: "malformed",
    [`${chunked}0x1\r\nx\r\n0\r\n\r\n`]: "malformed",
    [`${chunked}-1\r\nx\r\n0\r\n\r\n`]: "malformed",
    [`${chunked} 1\r\nx\r\n0\r\n\r\n`]: "malformed",
    [`${chunked}1\nx\r\n0\r\n\r\n`]: "malformed",
    [`${chunked}1\r\nxx\r\n0\r\n\r\n`]: "malformed",
    [`${chunked}1\r\nx0\r\n\r\n`]: "malformed",
    [`${chunked}1\r\nx\n0\r\n\r\n`]: "malformed",
    [`${chunked}1\r\nx\r\n`]: "malformed",
    [`${chunked}1\r\nx\r\n0\r\n`]: "malformed",
    [`${chunked}1\r\nx\r\n0\r\nT\r\n\r\n`]: "malformed",
    [`${chunked}000000001\r\nx\r\n0\r\n\r\n`]: "malformed",
    [`${chunked}1;${"a".repeat(256)}\r\nx\r\n0\r\n\r\n`]: "malformed",
  };
  for (const [answer, reason] of Object.entries(table)) {
    for (const sizes of [undefined, [1]]) {
      assert.equal(await refusedFor(answer, 100, sizes), reason, JSON.stringify(answer));
    }
  }
});

Deno.test("readHttpResponse takes no redirect for an answer", async () => {
  for (const status of [300, 301, 302, 303, 304, 305, 307, 308, 399]) {
    const answer = lines(`HTTP/1.1 ${status} Go`, "Location: https://10.0.0.1/", "Content-Length: 0", "", "");
    assert.equal(await refusedFor(answer), "redirect");
  }
});

Deno.test("readHttpResponse takes mostBytes and not one more", async () => {
  const fits = "x".repeat(100);
  const framings: readonly ((body: string) => string)[] = [
    (body) => lines(OK, `Content-Length: ${body.length}`, "", body),
    (body) => lines(OK, "", body),
    (body) => lines(OK, "Transfer-Encoding: chunked", "", body.length.toString(16), body, "0", "", ""),
    (body) => lines(OK, "Transfer-Encoding: chunked", "", ...[...body].flatMap((x) => ["1", x]), "0", "", ""),
  ];
  for (const frame of framings) {
    for (const sizes of [undefined, [1], [7]]) {
      assert.equal(textOf((await parse(frame(fits), 100, sizes)).body), fits);
      assert.equal(await refusedFor(frame(`${fits}x`), 100, sizes), "too_large");
    }
  }
  assert.equal(await refusedFor(lines(OK, "Transfer-Encoding: chunked", "", "ffffffff", "")), "too_large");
});

Deno.test("readHttpResponse stops reading at the first byte too many", async () => {
  const endless = inPieces(bytesOf(lines(OK, "", "x".repeat(1_000_000))), [10]);
  await assert.rejects(readHttpResponse(endless.read, 100), { reason: "too_large" });
  assert.ok(endless.given() <= OK.length + 4 + 100 + 10);
});

Deno.test("readHttpResponse bounds the head, the interim heads and the trailers at 16 KB", async () => {
  const field = `A: ${"x".repeat(1000)}`;
  const many = new Array<string>(20).fill(field);
  const few = new Array<string>(15).fill(field);
  assert.equal(await refusedFor(`HTTP/1.1 200 ${"x".repeat(20_000)}`), "too_large");
  assert.equal(await refusedFor(lines(OK, `A: ${"x".repeat(20_000)}`)), "too_large");
  assert.equal(await refusedFor(lines(OK, ...many, "", "x")), "too_large");
  assert.equal(await refusedFor(lines(OK, ...few, "", "x")), null);
  assert.equal(await refusedFor(lines("HTTP/1.1 103 E", ...few, "", OK, ...few, "", "x")), "too_large");
  assert.equal(await refusedFor("HTTP/1.1 100 Go\r\n\r\n".repeat(2000)), "too_large");
  const chunked = [OK, "Transfer-Encoding: chunked", "", "1", "x", "0"];
  assert.equal(await refusedFor(lines(...chunked, ...few, "", "")), null);
  assert.equal(await refusedFor(lines(...chunked, ...many, "", "")), "too_large");
});

Deno.test("readHttpResponse reads the same from the same bytes, however they arrive", async () => {
  const body = fc.uint8Array({ maxLength: 300 }).map(textOf);
  const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 });
  const chunks = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 10 });
  await fc.assert(fc.asyncProperty(body, sizes, chunks, async (body, sizes, chunks) => {
    const chunked: string[] = [];
    for (let at = 0, turn = 0; at < body.length; turn++) {
      const piece = body.slice(at, at + (chunks[turn % chunks.length] ?? 1));
      chunked.push(`${piece.length.toString(16)}\r\n${piece}\r\n`);
      at += piece.length;
    }
    const answers = [
      lines("HTTP/1.1 100 Go", "", OK, `Content-Length: ${body.length}`, "", body),
      lines(OK, "", body),
      lines(OK, "Transfer-Encoding: chunked", "", `${chunked.join("")}0`, "", ""),
    ];
    for (const answer of answers) assert.equal(textOf((await parse(answer, 300, sizes)).body), body);
  }));
});

Deno.test("readHttpResponse refuses with OutboundError alone, the same way for any chunking", async () => {
  const part = fc.oneof(
    fc.constantFrom(
      OK,
      "\r\n",
      "\n",
      "\r",
      "Content-Length: 3",
      "Transfer-Encoding: chunked",
      "0",
      "3",
      "abc",
      ": ",
      ";",
    ),
    fc.string({ unit: "binary", maxLength: 5 }).map((text) => text.replace(/[^\0-\xff]/g, "ÿ")),
  );
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9 });
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 25 }), sizes, async (parts, sizes) => {
      for (const answer of [parts.join(""), `${OK}\r\n${parts.join("")}`, `${OK}\r\n${parts.join("\r\n")}`]) {
        assert.equal(await refusedFor(answer, 20, sizes), await refusedFor(answer, 20));
      }
    }),
    { numRuns: 500 },
  );
});
