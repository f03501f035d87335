/** What is taken of an answer to a client's document or keys. */
import assert from "node:assert/strict";
import { OutboundError, type OutboundRequest } from "../../_shared/runtime/outbound_fetch.ts";
import { createClientDocuments } from "./client_documents.ts";

const answering = (status: number, type: string, body: Uint8Array | string) => {
  const asked: OutboundRequest[] = [];
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const documents = createClientDocuments((_url, options) => {
    asked.push(options);
    return Promise.resolve({ status, headers: new Headers({ "Content-Type": type }), body: bytes });
  });
  return { documents, asked };
};

Deno.test("createClientDocuments reads JSON of any JSON type, with how long it is fresh", async () => {
  for (const type of ["application/json", "application/json; charset=utf-8", "application/jwk-set+json"]) {
    const { documents } = answering(200, type, '{"keys":[]}');
    const expected = { outcome: "fetched", document: { keys: [] }, freshSeconds: 3600 };
    assert.deepEqual(await documents.fetch("https://app.example/x", "keys"), expected);
  }
});

const failures: readonly [string, number, string, Uint8Array | string][] = [
  ["status", 404, "application/json", "{}"],
  ["status", 201, "application/json", "{}"],
  ["content_type", 200, "text/html", "{}"],
  ["content_type", 200, "", "{}"],
  ["not_json", 200, "application/json", "{"],
  ["not_json", 200, "application/json", new Uint8Array([0x22, 0xff, 0x22])],
];
for (const [reason, status, type, body] of failures) {
  Deno.test(`createClientDocuments answers ${reason} for ${status} ${type} of ${body.length} bytes`, async () => {
    const { documents } = answering(status, type, body);
    assert.deepEqual(await documents.fetch("https://app.example/x", "client"), { outcome: "failed", reason });
  });
}

Deno.test("createClientDocuments bounds a document by 5 KB and keys by 64 KB", async () => {
  const { documents, asked } = answering(200, "application/json", "{}");
  await documents.fetch("https://app.example/x", "client");
  await documents.fetch("https://app.example/x", "keys");
  assert.deepEqual(asked.map(({ mostBytes }) => mostBytes), [5120, 65_536]);
});

Deno.test("createClientDocuments answers why the way out refused, and hides no bug", async () => {
  const refusing = createClientDocuments(() => Promise.reject(new OutboundError("address_not_public")));
  const refused = { outcome: "failed", reason: "address_not_public" };
  assert.deepEqual(await refusing.fetch("https://app.example/x", "keys"), refused);
  const broken = createClientDocuments(() => Promise.reject(new TypeError("a bug")));
  await assert.rejects(broken.fetch("https://app.example/x", "keys"), TypeError);
});
