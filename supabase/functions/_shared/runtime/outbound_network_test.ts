import assert from "node:assert/strict";
import { createOutboundFetch } from "./outbound_fetch.ts";
import { denoNetwork, type Runtime } from "./outbound_network.ts";

const signal = new AbortController().signal;
const REQUEST = { accept: "*/*", mostBytes: 10, timeoutMs: 2000 };
const { connect, startTls } = Deno;

/** A `resolveDns` with these answers; an error is thrown. */
const answering = (answers: Readonly<Record<string, string[] | Error>>): Runtime => ({
  connect,
  startTls,
  resolveDns: ((_: string, type: string) => {
    const answer = answers[type];
    return Array.isArray(answer) ? Promise.resolve(answer) : Promise.reject(answer);
  }) as typeof Deno.resolveDns,
});

Deno.test("denoNetwork.resolve gives both families; one without records is none", async () => {
  const none = new Deno.errors.NotFound("no records");
  const resolve = (answers: Record<string, string[] | Error>) =>
    denoNetwork(answering(answers)).resolve("client.example", signal);
  assert.deepEqual(await resolve({ A: ["1.1.1.1"], AAAA: ["2606:4700::1"] }), ["1.1.1.1", "2606:4700::1"]);
  assert.deepEqual(await resolve({ A: ["1.1.1.1"], AAAA: none }), ["1.1.1.1"]);
  assert.deepEqual(await resolve({ A: none, AAAA: ["2606:4700::1"] }), ["2606:4700::1"]);
  assert.deepEqual(await resolve({ A: none, AAAA: none }), []);
  // Half an answer is none: the other half could be the address that must be refused.
  await assert.rejects(resolve({ A: ["1.1.1.1"], AAAA: new Error("server failure") }), /server failure/);
});

Deno.test("denoNetwork.resolve asks the system where there is no resolveDns, and its answers are checked too", async () => {
  const system = denoNetwork({ connect, startTls });
  const found = await system.resolve("localhost", signal);
  assert.ok(found.includes("127.0.0.1") || found.includes("::1"));
  const fetchHere = createOutboundFetch({
    allowLoopback: false,
    network: { ...system, resolve: (_, signal) => system.resolve("localhost", signal) },
  });
  await assert.rejects(fetchHere("https://client.example/", REQUEST), { reason: "address_not_public" });
});

Deno.test("outbound fetch fails closed where a connection cannot be pinned", async () => {
  for (
    const runtime of [{}, { connect }, { startTls }, { resolveDns: Deno.resolveDns }, {
      connect,
      resolveDns: Deno.resolveDns,
    }]
  ) {
    const outboundFetch = createOutboundFetch({ allowLoopback: true, network: denoNetwork(runtime) });
    for (const url of ["https://client.example/", "https://93.184.215.14/", "http://127.0.0.1:1/"]) {
      await assert.rejects(outboundFetch(url, REQUEST), { reason: "cannot_pin" });
    }
  }
});
