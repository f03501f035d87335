/** The outward fetch over real sockets and TLS, on this computer, with a certificate authority made for the test. */
import assert from "node:assert/strict";
import { createOutboundFetch } from "./outbound_fetch.ts";
import { denoNetwork, type Network } from "./outbound_network.ts";

const REQUEST = { accept: "application/json", mostBytes: 5120, timeoutMs: 5000 };
const PUBLIC = "93.184.215.14";

const hasOpenssl = await (async () => {
  try {
    return (await new Deno.Command("openssl", { args: ["version"], stdout: "null", stderr: "null" }).output())
      .success;
  } catch {
    return false;
  }
})();

interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

let made: Promise<Certificates> | undefined;

/** A certificate for client.example and this computer, and the authority that signed it. */
function certificates(): Promise<Certificates> {
  return made ??= (async () => {
    const dir = await Deno.makeTempDir();
    const openssl = async (...args: string[]) => {
      const command = new Deno.Command("openssl", { args, cwd: dir, stdout: "null", stderr: "null" });
      assert.ok((await command.output()).success);
    };
    const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    const ca = ["-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test CA", "-days", "2"];
    const san = "subjectAltName=DNS:client.example,DNS:localhost,IP:127.0.0.1";
    try {
      await openssl("req", "-x509", ...newKey, ...ca, "-addext", "basicConstraints=critical,CA:TRUE");
      await openssl(
        "req",
        ...newKey,
        "-keyout",
        "leaf.key",
        "-out",
        "leaf.csr",
        "-subj",
        "/CN=client.example",
      );
      await Deno.writeTextFile(`${dir}/leaf.ext`, `${san}\nbasicConstraints=CA:FALSE\n`);
      const signing = [
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "2",
        "-extfile",
        "leaf.ext",
      ];
      await openssl("x509", "-req", "-in", "leaf.csr", "-out", "leaf.pem", ...signing);
      const [authority, cert, key] = await Promise.all(
        ["ca.pem", "leaf.pem", "leaf.key"].map((name) => Deno.readTextFile(`${dir}/${name}`)),
      );
      return { ca: authority ?? "", cert: cert ?? "", key: key ?? "" };
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  })();
}

type Answer = (connection: Deno.Conn) => Promise<void>;

const answering = (text: string): Answer => async (connection) => {
  await connection.read(new Uint8Array(4096));
  const bytes = new TextEncoder().encode(text);
  for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
};

/** Runs the test against a server that meets each connection so; ends when all its connections have ended. */
async function withServer(
  answer: Answer,
  test: (port: number) => Promise<void>,
  listen: () => Promise<Deno.Listener> = listenTls,
): Promise<void> {
  const listener = await listen();
  const connections: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const connection of listener) {
      // A client that hangs up, or does not trust us, is what some of the tests are about.
      connections.push(answer(connection).catch(() => {}).finally(() => connection.close()));
    }
  })();
  try {
    await test((listener.addr as Deno.NetAddr).port);
  } finally {
    listener.close();
    await accepting;
    await Promise.all(connections);
  }
}

async function listenTls(): Promise<Deno.Listener> {
  const { cert, key } = await certificates();
  return Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
}

/** All names have one public address, and the way to it ends at this computer. */
const rerouted: Network = {
  ...denoNetwork(),
  resolve: () => Promise.resolve([PUBLIC]),
  connect(address, port, signal) {
    assert.equal(address, PUBLIC);
    return denoNetwork().connect("127.0.0.1", port, signal);
  },
};

async function fetching(trusting = true) {
  const { ca } = await certificates();
  return createOutboundFetch({ allowLoopback: false, network: rerouted, caCerts: trusting ? [ca] : [] });
}

const test = (name: string, fn: () => Promise<void>) => Deno.test({ name, ignore: !hasOpenssl, fn });

test("outbound fetch over TLS: an answer comes back whole", async () => {
  const body = JSON.stringify({ client_name: "x".repeat(5000) });
  const heard: string[] = [];
  const answer: Answer = async (connection) => {
    const bytes = new Uint8Array(4096);
    heard.push(new TextDecoder().decode(bytes.subarray(0, await connection.read(bytes) ?? 0)));
    const head =
      `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    for (const part of [head, body.slice(0, 10), body.slice(10)]) {
      await connection.write(new TextEncoder().encode(part));
    }
  };
  await withServer(answer, async (port) => {
    const response = await (await fetching())(`https://client.example:${port}/metadata`, REQUEST);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("Content-Type"), "application/json");
    assert.equal(new TextDecoder().decode(response.body), body);
    assert.match(heard.join(), new RegExp(`^GET /metadata HTTP/1.1\r\nHost: client.example:${port}\r\n`));
  });
});

test("outbound fetch over TLS: the certificate must be for the host in the URL", async () => {
  await withServer(answering("HTTP/1.1 200 OK\r\n\r\n"), async (port) => {
    const outboundFetch = await fetching();
    await assert.rejects(outboundFetch(`https://other.example:${port}/`, REQUEST), { reason: "tls" });
    await assert.rejects(outboundFetch(`https://${PUBLIC}:${port}/`, REQUEST), { reason: "tls" });
  });
});

test("outbound fetch over TLS: the certificate must be signed by somebody we trust", async () => {
  await withServer(answering("HTTP/1.1 200 OK\r\n\r\n"), async (port) => {
    const outboundFetch = await fetching(false);
    await assert.rejects(outboundFetch(`https://client.example:${port}/`, REQUEST), { reason: "tls" });
  });
});

test("outbound fetch over TLS: a server without TLS is refused", async () => {
  const plain = () => Promise.resolve(Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const answer = answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  await withServer(answer, async (port) => {
    const outboundFetch = await fetching();
    await assert.rejects(outboundFetch(`https://client.example:${port}/`, REQUEST), { reason: "tls" });
  }, plain);
});

test("outbound fetch over TLS: a redirect is not followed", async () => {
  let visits = 0;
  const answer: Answer = (connection) => {
    visits++;
    return answering("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")(connection);
  };
  await withServer(answer, async (port) => {
    await assert.rejects((await fetching())(`https://client.example:${port}/`, REQUEST), {
      reason: "redirect",
    });
    assert.equal(visits, 1);
  });
});

test("outbound fetch over TLS: a body that drips is cut off at the deadline", async () => {
  const drip: Answer = async (connection) => {
    await answering("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")(connection);
    for (let sent = 0; sent < 500; sent++) {
      await connection.write(new Uint8Array([0x20]));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  await withServer(drip, async (port) => {
    const outboundFetch = await fetching();
    const begun = performance.now();
    const slow = outboundFetch(`https://client.example:${port}/`, { ...REQUEST, timeoutMs: 300 });
    await assert.rejects(slow, { reason: "timeout" });
    assert.ok(performance.now() - begun < 2000);
  });
});

test("outbound fetch over TLS: a server that never shakes hands is cut off at the deadline", async () => {
  // It ends by itself: Deno would wait for it for ever, which is what stuck_handshakes.ts is about.
  const silent: Answer = async (connection) => {
    await connection.read(new Uint8Array(4096));
    await new Promise((resolve) => setTimeout(resolve, 600));
  };
  const plain = () => Promise.resolve(Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  await withServer(silent, async (port) => {
    const outboundFetch = await fetching();
    const slow = outboundFetch(`https://client.example:${port}/`, { ...REQUEST, timeoutMs: 200 });
    await assert.rejects(slow, { reason: "timeout" });
  }, plain);
});

test("outbound fetch over TLS: 5 KB fit, one byte more does not, however the body is framed", async () => {
  const framings: readonly ((body: string) => string)[] = [
    (body) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    (body) =>
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${
        body.length.toString(16)
      }\r\n${body}\r\n0\r\n\r\n`,
    (body) => `HTTP/1.1 200 OK\r\n\r\n${body}`,
  ];
  const outboundFetch = await fetching();
  for (const frame of framings) {
    await withServer(answering(frame("x".repeat(5120))), async (port) => {
      const { body } = await outboundFetch(`https://client.example:${port}/`, REQUEST);
      assert.equal(body.length, 5120);
    });
    await withServer(answering(frame("x".repeat(5121))), async (port) => {
      await assert.rejects(outboundFetch(`https://client.example:${port}/`, REQUEST), {
        reason: "too_large",
      });
    });
  }
});

test("outbound fetch over TLS: a compressed answer is refused unread", async () => {
  await withServer(answering("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f"), async (port) => {
    await assert.rejects((await fetching())(`https://client.example:${port}/`, REQUEST), {
      reason: "encoding",
    });
  });
});

test("outbound fetch: this computer answers where that is allowed, with TLS and without", async () => {
  const { ca } = await certificates();
  const answer = answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  const outboundFetch = createOutboundFetch({ allowLoopback: true, caCerts: [ca] });
  const closed = createOutboundFetch({ allowLoopback: false, caCerts: [ca] });
  await withServer(answer, async (port) => {
    for (const host of ["localhost", "127.0.0.1"]) {
      assert.equal((await outboundFetch(`https://${host}:${port}/`, REQUEST)).status, 200);
    }
    await assert.rejects(closed(`https://127.0.0.1:${port}/`, REQUEST), { reason: "address_not_public" });
  });
  await withServer(answer, async (port) => {
    assert.equal((await outboundFetch(`http://localhost:${port}/`, REQUEST)).status, 200);
    await assert.rejects(closed(`http://localhost:${port}/`, REQUEST), { reason: "not_https" });
  }, () => Promise.resolve(Deno.listen({ hostname: "127.0.0.1", port: 0 })));
});

Deno.test("outbound fetch: nobody listening is told as such", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const outboundFetch = createOutboundFetch({ allowLoopback: true });
  await assert.rejects(outboundFetch(`http://localhost:${port}/`, REQUEST), { reason: "connect" });
});
