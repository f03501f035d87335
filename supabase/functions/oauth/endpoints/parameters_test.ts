import assert from "node:assert/strict";
import { OAuthError } from "../../_shared/oauth_error.ts";
import { parseParameters, readForm } from "./parameters.ts";

const FORM = "application/x-www-form-urlencoded";

function post(body: BodyInit | null, type: string | null, url = "https://auth.example/oauth/token"): Request {
  const request = new Request(url, { method: "POST", body });
  if (type === null) request.headers.delete("Content-Type");
  else request.headers.set("Content-Type", type);
  return request;
}

async function assertRefused(attempt: Promise<unknown>, code: string, reason: string) {
  await assert.rejects(attempt, (error) => {
    assert.ok(error instanceof OAuthError, String(error));
    assert.deepEqual([error.code, error.reason], [code, reason]);
    return true;
  });
}

Deno.test("parseParameters decodes each parameter once and counts an empty one as omitted", () => {
  const { values, duplicates } = parseParameters("a=1&b=x+y%20%26&c=&d&%65=2");
  assert.deepEqual([...values], [["a", "1"], ["b", "x y &"], ["e", "2"]]);
  assert.equal(duplicates.size, 0);
});

Deno.test("parseParameters takes a repeated parameter for pollution, never for a value", () => {
  for (const sent of ["a=1&a=1", "a=1&a=2", "a=1&a=", "a=&a=1", "a&a", "a=1&%61=2", "a=1&b=2&a=3"]) {
    const { values, duplicates } = parseParameters(sent);
    assert.deepEqual([...duplicates], ["a"], sent);
    assert.equal(values.has("a"), false, sent);
  }
});

Deno.test("parseParameters treats names of Object like any other", () => {
  const { values } = parseParameters("__proto__=1&constructor=2&toString=3");
  assert.deepEqual([...values.keys()], ["__proto__", "constructor", "toString"]);
});

Deno.test("readForm reads a form in UTF-8, however its type is written", async () => {
  for (
    const type of [FORM, FORM.toUpperCase(), `${FORM};charset=utf-8`, `${FORM} ; charset = "UTF-8" `]
  ) {
    assert.deepEqual([...await readForm(post("a=1&b=%E5%90%8D", type))], [["a", "1"], ["b", "名"]], type);
  }
  assert.equal((await readForm(post(null, FORM))).size, 0);
});

Deno.test("readForm refuses every other type", async () => {
  for (
    const type of [
      null,
      "",
      "application/json",
      "text/plain",
      "multipart/form-data; boundary=x",
      `application/json, ${FORM}`,
      `${FORM}, application/json`,
      `${FORM}; charset=utf-16`,
      `${FORM}; charset=iso-8859-1`,
      `${FORM}; boundary=x`,
      `x${FORM}`,
      `${FORM}x`,
    ]
  ) await assertRefused(readForm(post("a=1", type)), "unsupported_media_type", "content_type");
});

Deno.test("readForm refuses parameters in the query, also an empty query", async () => {
  for (const query of ["?a=1", "?"]) {
    const request = post("a=1", FORM, `https://auth.example/oauth/token${query}`);
    await assertRefused(readForm(request), "invalid_request", "query_parameters");
  }
});

Deno.test("readForm refuses repeated parameters and control characters", async () => {
  await assertRefused(readForm(post("a=1&a=1", FORM)), "invalid_request", "parameter_repeated");
  for (const value of ["%00", "x%0Ay", "%7F", "%C2%85"]) {
    await assertRefused(readForm(post(`a=${value}`, FORM)), "invalid_request", "parameter_not_plain");
  }
});

Deno.test("readForm refuses what is no UTF-8, also split over chunks", async () => {
  for (const bytes of [[0x61, 0x3d, 0xff], [0x61, 0x3d, 0xe5], [0xff, 0xfe, 0x61, 0x00, 0x3d, 0x00]]) {
    await assertRefused(readForm(post(Uint8Array.from(bytes), FORM)), "invalid_request", "body_unreadable");
  }
  const chunks = ReadableStream.from([Uint8Array.of(0x61, 0x3d, 0xe5), Uint8Array.of(0x90, 0x8d)]);
  assert.equal((await readForm(post(chunks, FORM))).get("a"), "名");
});

Deno.test("readForm reads 32 KiB and refuses one byte more, whatever Content-Length says", async () => {
  const most = `a=${"x".repeat(32 * 1024 - 2)}`;
  assert.equal((await readForm(post(most, FORM))).get("a")?.length, 32 * 1024 - 2);
  await assertRefused(readForm(post(`${most}x`, FORM)), "payload_too_large", "body_too_large");
  const lying = post(`${most}x`, FORM);
  lying.headers.set("Content-Length", "1");
  await assertRefused(readForm(lying), "payload_too_large", "body_too_large");
  const announced = post("a=1", FORM);
  announced.headers.set("Content-Length", "99999999999");
  await assertRefused(readForm(announced), "payload_too_large", "body_too_large");
});

Deno.test("readForm stops reading an endless body at the bound", async () => {
  let given = 0;
  let ended = false;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      given += 1;
      controller.enqueue(new Uint8Array(8 * 1024).fill(0x61));
    },
    cancel() {
      ended = true;
    },
  });
  await assertRefused(readForm(post(endless, FORM)), "payload_too_large", "body_too_large");
  assert.ok(given < 20 && ended);
});

Deno.test("readForm takes a body that breaks off for unreadable, not for a bug of ours", async () => {
  const broken = new ReadableStream({
    start(controller) {
      controller.error(new Error("connection reset"));
    },
  });
  await assertRefused(readForm(post(broken, FORM)), "invalid_request", "body_unreadable");
});
