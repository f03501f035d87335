import assert from "node:assert/strict";
import fc from "fast-check";
import { createOutboundFetch, type Network, OutboundError, type OutboundReason } from "./outbound_fetch.ts";

const REQUEST = { accept: "application/json", mostBytes: 5120, timeoutMs: 2000 };
const PUBLIC = "93.184.215.14";
const URL_OF_CLIENT = "https://client.example/metadata.json";
const ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

const never = () => new Promise<never>(() => {});

/** A network that notes all that is asked of it; `changes` replaces parts of it. */
function fakeNetwork(lookups: readonly (readonly string[])[], changes: Partial<Network> = {}) {
  const seen = {
    lookups: [] as string[],
    connected: [] as string[],
    names: [] as string[],
    sent: "",
    opened: 0,
    closed: 0,
  };
  const connection = () => {
    seen.opened++;
    let left = ANSWER;
    return {
      read(into: Uint8Array) {
        const { read, written } = new TextEncoder().encodeInto(left, into);
        left = left.slice(read);
        return Promise.resolve(written === 0 ? null : written);
      },
      // Not all at once, as a real one may.
      write(bytes: Uint8Array) {
        seen.sent += new TextDecoder().decode(bytes.subarray(0, 7));
        return Promise.resolve(Math.min(7, bytes.length));
      },
      handshake: () => Promise.resolve(),
      close: () => void seen.closed++,
    };
  };
  const network: Network = {
    resolve(host) {
      seen.lookups.push(host);
      return Promise.resolve(lookups[seen.lookups.length - 1] ?? ["127.0.0.1"]);
    },
    connect(address, port) {
      seen.connected.push(`${address} ${port}`);
      return Promise.resolve(connection());
    },
    startTls(plain, { hostname }) {
      seen.names.push(hostname);
      return Promise.resolve({ ...plain, handshake: () => Promise.resolve() });
    },
    ...changes,
  };
  return { network, seen, connection };
}

/** Refused for this reason, in words that hold nothing of what was asked or found. */
async function assertRefused(
  network: Network,
  reason: OutboundReason,
  { url = URL_OF_CLIENT, timeoutMs = 2000, allowLoopback = false } = {},
): Promise<void> {
  const outboundFetch = createOutboundFetch({ allowLoopback, network });
  await assert.rejects(outboundFetch(url, { ...REQUEST, timeoutMs }), (error) => {
    assert.ok(error instanceof OutboundError, String(error));
    assert.equal(error.reason, reason);
    assert.equal(error.message, `no answer from outside: ${reason}`);
    assert.equal(error.cause, undefined);
    return true;
  });
}

Deno.test("outbound fetch asks once, connects to what it checked, and names the host to TLS", async () => {
  const { network, seen } = fakeNetwork([[PUBLIC, "2606:4700::1"]]);
  const answer = await createOutboundFetch({ allowLoopback: false, network })(
    "https://client.example:8443/metadata.json?a=b",
    REQUEST,
  );
  assert.deepEqual([answer.status, new TextDecoder().decode(answer.body)], [200, "{}"]);
  assert.deepEqual(seen.lookups, ["client.example"]);
  assert.deepEqual(seen.connected, [`${PUBLIC} 8443`]);
  assert.deepEqual(seen.names, ["client.example"]);
  assert.equal(seen.closed, 1);
  assert.equal(
    seen.sent,
    "GET /metadata.json?a=b HTTP/1.1\r\nHost: client.example:8443\r\nAccept: application/json\r\n" +
      "Accept-Encoding: identity\r\nUser-Agent: Sekisho\r\nConnection: close\r\n\r\n",
  );
});

Deno.test("outbound fetch: a name that rebinds is looked up once, and its second address is never connected to", async () => {
  const inner = [
    ..."127.0.0.1 169.254.169.254 ::1 ::ffff:10.0.0.1 64:ff9b::7f00:1 2002:7f00:: fd00:: 0.0.0.0 100.64.0.1"
      .split(" "),
  ];
  for (const address of inner) {
    const { network, seen } = fakeNetwork([[PUBLIC], [address]]);
    const outboundFetch = createOutboundFetch({ allowLoopback: true, network });
    await outboundFetch(URL_OF_CLIENT, REQUEST);
    assert.deepEqual(seen.lookups, ["client.example"]);
    assert.deepEqual(seen.connected, [`${PUBLIC} 443`]);
    // The next request looks it up anew, finds the inner address and goes nowhere.
    await assert.rejects(outboundFetch(URL_OF_CLIENT, REQUEST), { reason: "address_not_public" });
    assert.equal(seen.connected.length, 1);
  }
});

Deno.test("outbound fetch refuses a name with one address that is not public, wherever it stands", async () => {
  const bad = ["127.0.0.1", "::1", "10.1.2.3", "fd00::1", "::ffff:7f00:1", "nonsense", ""];
  await fc.assert(fc.asyncProperty(
    fc.constantFrom(...bad),
    fc.array(fc.constantFrom<string>(PUBLIC, "2606:4700::1", "1.1.1.1"), { maxLength: 8 }),
    fc.nat(8),
    fc.boolean(),
    async (address, others, at, allowLoopback) => {
      const { network, seen } = fakeNetwork([others.toSpliced(at, 0, address)]);
      await assertRefused(network, "address_not_public", { allowLoopback });
      assert.deepEqual(seen.connected, []);
    },
  ));
});

Deno.test("outbound fetch goes nowhere for a URL that is refused as it is written", async () => {
  const { network, seen } = fakeNetwork([]);
  await assertRefused(network, "not_https", { url: "http://client.example/" });
  await assertRefused(network, "host_not_allowed", { url: "https://localhost/" });
  await assertRefused(network, "address_not_public", { url: "https://169.254.169.254/" });
  await assertRefused(network, "malformed", { url: "https://user@client.example/" });
  assert.deepEqual([seen.lookups, seen.connected], [[], []]);
});

Deno.test("outbound fetch never asks DNS for this computer, and a name that leads here stays refused", async () => {
  const { network, seen } = fakeNetwork([["127.0.0.1"]]);
  const outboundFetch = createOutboundFetch({ allowLoopback: true, network });
  await outboundFetch("http://localhost:3000/", REQUEST);
  await outboundFetch("https://[::1]:3000/", REQUEST);
  assert.deepEqual([seen.lookups, seen.connected], [[], ["127.0.0.1 3000", "::1 3000"]]);
  assert.deepEqual(seen.names, ["::1"]);
  await assertRefused(network, "address_not_public", { url: "https://here.example/", allowLoopback: true });
});

Deno.test("outbound fetch tries the next checked address when one does not answer, four at most", async () => {
  const tried: string[] = [];
  const { network, seen, connection } = fakeNetwork([["1.1.1.1", "1.0.0.1"]], {
    connect(address) {
      tried.push(address);
      return address === "1.0.0.1"
        ? Promise.resolve(connection())
        : Promise.reject(new Error("refused by 1.1.1.1"));
    },
  });
  await createOutboundFetch({ allowLoopback: false, network })(URL_OF_CLIENT, REQUEST);
  assert.deepEqual(tried, ["1.1.1.1", "1.0.0.1"]);
  assert.equal(seen.closed, 1);

  tried.length = 0;
  const many = new Array<string>(100).fill("1.1.1.1");
  await assertRefused({ ...network, resolve: () => Promise.resolve(many) }, "connect");
  assert.equal(tried.length, 4);
});

Deno.test("outbound fetch tells what failed, and nothing of it", async () => {
  const secret = () => Promise.reject(new Error(`${URL_OF_CLIENT} 10.0.0.1`));
  const { network, seen, connection } = fakeNetwork(new Array(9).fill([PUBLIC]));
  const broken = (part: object) => ({
    ...network,
    connect: () => Promise.resolve({ ...connection(), ...part }),
  });
  await assertRefused({ ...network, resolve: secret }, "dns");
  await assertRefused({ ...network, resolve: () => Promise.resolve([]) }, "dns");
  await assertRefused({ ...network, connect: secret }, "connect");
  await assertRefused({ ...network, startTls: secret }, "tls");
  const noHandshake = { ...connection(), handshake: secret };
  await assertRefused({ ...network, startTls: () => Promise.resolve(noHandshake) }, "tls");
  await assertRefused(broken({ write: secret }), "connect");
  await assertRefused(broken({ read: secret }), "connect");
  await assertRefused(broken({ read: () => Promise.resolve(null) }), "malformed");
  assert.ok(seen.closed >= 5);
});

Deno.test("outbound fetch: one deadline for every stage, and nothing stays open after it", async () => {
  const { network, seen, connection } = fakeNetwork(new Array(9).fill([PUBLIC, "1.1.1.1"]));
  const soon = { timeoutMs: 30 };
  await assertRefused({ ...network, resolve: never }, "timeout", soon);
  assert.equal(seen.opened, 0);
  await assertRefused({ ...network, connect: never }, "timeout", soon);
  const stages: readonly Partial<Network>[] = [
    { startTls: never },
    { startTls: (plain) => Promise.resolve({ ...plain, handshake: never }) },
    { connect: () => Promise.resolve({ ...connection(), write: never }) },
    { connect: () => Promise.resolve({ ...connection(), read: never }) },
  ];
  for (const stage of stages) {
    Object.assign(seen, { opened: 0, closed: 0 });
    await assertRefused({ ...network, ...stage }, "timeout", soon);
    assert.deepEqual([seen.opened, seen.closed], [1, 1]);
  }
});

Deno.test("outbound fetch closes a connection that opens after the deadline, and tries no further address", async () => {
  const late = Promise.withResolvers<void>();
  const tried: string[] = [];
  const { network, seen, connection } = fakeNetwork([["1.1.1.1", "1.0.0.1"], ["1.1.1.1", "1.0.0.1"]]);
  const slow = (outcome: () => ReturnType<typeof connection>): Network => ({
    ...network,
    connect: (address) => (tried.push(address), late.promise.then(outcome)),
  });
  await assertRefused(slow(connection), "timeout", { timeoutMs: 10 });
  const failing = slow(() => {
    throw new Error("too late");
  });
  await assertRefused(failing, "timeout", { timeoutMs: 10 });
  late.resolve();
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual([seen.opened, seen.closed], [1, 1]);
  assert.deepEqual([tried, seen.names], [["1.1.1.1", "1.1.1.1"], []]);
});

Deno.test("outbound fetch: a host that never shakes hands is lent four sockets, those beside it none of their own", async () => {
  const { network, seen } = fakeNetwork([], {
    resolve: (host) => Promise.resolve([host === "other.example" ? "2606:4700:1::1" : "2606:4700::1"]),
    startTls: (plain) => Promise.resolve({ ...plain, handshake: never }),
  });
  const outboundFetch = createOutboundFetch({ allowLoopback: false, network });
  const soon = { ...REQUEST, timeoutMs: 10 };
  for (let time = 0; time < 4; time++) {
    await assert.rejects(outboundFetch(URL_OF_CLIENT, soon), { reason: "timeout" });
  }
  assert.equal(seen.opened, 4);
  await assert.rejects(outboundFetch(URL_OF_CLIENT, soon), { reason: "connect" });
  await assert.rejects(outboundFetch("https://[2606:4700::2]/", soon), { reason: "connect" });
  assert.equal(seen.opened, 4);
  await assert.rejects(outboundFetch("https://other.example/", soon), { reason: "timeout" });
  assert.equal(seen.opened, 5);
});

Deno.test("outbound fetch: a handshake that fails in time is not held against the host", async () => {
  const { network } = fakeNetwork(new Array(9).fill([PUBLIC]));
  let failing = true;
  const handshake = () => failing ? Promise.reject(new Error("bad certificate")) : Promise.resolve();
  const outboundFetch = createOutboundFetch({
    allowLoopback: false,
    network: { ...network, startTls: (plain) => Promise.resolve({ ...plain, handshake }) },
  });
  for (let time = 0; time < 6; time++) {
    await assert.rejects(outboundFetch(URL_OF_CLIENT, REQUEST), { reason: "tls" });
  }
  failing = false;
  assert.equal((await outboundFetch(URL_OF_CLIENT, REQUEST)).status, 200);
});
