import assert from "node:assert/strict";
import { describeRedirectHost, isRegistrableRedirectUri, matchRedirectUri } from "./redirect_uri.ts";

Deno.test("isRegistrableRedirectUri allows https, http on this computer, and private-use schemes", () => {
  for (
    const uri of [
      "https://client.example/callback",
      "https://client.example",
      "https://client.example:8443/callback?fixed=1&b=%20",
      "https://[2001:db8::1]/callback",
      "https://xn--bcher-kva.example/",
      "http://localhost",
      "http://localhost:3030/callback",
      "http://127.0.0.1/callback",
      "http://127.0.0.1:1/?x",
      "http://[::1]:65535/callback",
      "cursor://anysphere.cursor-retrieval/oauth/callback",
      "com.example.app:/callback",
      "vscode://vscode.github-authentication/did-authenticate",
      `https://client.example/${"a".repeat(1977)}`,
    ]
  ) assert.equal(isRegistrableRedirectUri(uri), true, uri);
});

Deno.test("isRegistrableRedirectUri refuses schemes that run or read something, however written", () => {
  for (
    const uri of [
      "javascript:alert(1)",
      "JaVaScRiPt:alert(1)",
      "javascript://client.example/%0aalert(1)",
      " javascript:alert(1)",
      "\tjavascript:alert(1)",
      "java\nscript:alert(1)",
      "data:text/html,<script>alert(1)</script>",
      "data:text/html;base64,AAAA",
      "DATA:text/html,x",
      "vbscript:msgbox",
      "VBScript:msgbox",
      "blob:https://client.example/uuid",
      "file:///etc/passwd",
      "File:///etc/passwd",
      "filesystem:https://client.example/x",
      "about:blank",
      "view-source:https://client.example",
      "intent://scan/#Intent;end",
      "intent://scan/",
      "chrome-extension://id/page.html",
      "ftp://client.example/",
      "mailto:a@client.example",
      "ws://client.example/",
      "wss://client.example/",
    ]
  ) assert.equal(isRegistrableRedirectUri(uri), false, uri);
});

Deno.test("isRegistrableRedirectUri refuses http to any other computer, however written", () => {
  for (
    const uri of [
      "http://client.example/callback",
      "http://evil",
      "http://127.0.0.2/",
      "http://127.1/",
      "http://0x7f.1/",
      "http://2130706433/",
      "http://0177.0.0.1/",
      "http://0.0.0.0/",
      "http://[::ffff:127.0.0.1]/",
      "http://[0:0:0:0:0:0:0:1]/",
      "http://localhost./",
      "http://localhost.evil.example/",
      "http://LOCALHOST/",
      "http://localhost:/",
      "http://localhost:65536/",
      "http://localhost:123456/",
      "http:localhost/",
      "http:/localhost/",
      "http:///localhost/",
    ]
  ) assert.equal(isRegistrableRedirectUri(uri), false, uri);
});

Deno.test("isRegistrableRedirectUri refuses fragments, users, and what browsers rewrite", () => {
  for (
    const uri of [
      "",
      "/callback",
      "//client.example/callback",
      "client.example/callback",
      "https:client.example/callback",
      "https:/client.example/callback",
      "https://",
      "https:///callback",
      "https://client.example/#fragment",
      "https://client.example/#",
      "cursor://callback#x",
      "https://user@client.example/",
      "https://user:password@client.example/",
      "https://@client.example/",
      "https://:@client.example/",
      "http://localhost@evil.example/",
      "http://localhost:80@evil.example/",
      "http://user@localhost/",
      "cursor://user@host/",
      "cursor://@host/",
      "https://client.example\\@evil.example/",
      "https:\\\\client.example/",
      "https://client.example/\r\nLocation: https://evil.example",
      "https://client.example/a b",
      "https://client.example/\u00e9",
      "https://bücher.example/",
      "https://client.example/\0",
      'https://client.example/"onclick="x',
      "https://client.example/<script>",
      "https://client.example/{x}",
      "https://client.example:99999/",
      "https://exa%6dple.com:x/",
      "HTTPS://client.example/",
      "1abc://client.example/",
      `https://client.example/${"a".repeat(1978)}`,
    ]
  ) assert.equal(isRegistrableRedirectUri(uri), false, JSON.stringify(uri));
});

Deno.test("isRegistrableRedirectUri refuses an https host that is not written as browsers read it", () => {
  for (
    const uri of [
      "https:///evil.example/callback",
      "https:////evil.example/callback",
      "https://evil%2eexample/callback",
      "https://0x7f.1/callback",
      "https://127.1/callback",
      "https://2130706433/callback",
      "https://client.example:/callback",
      "https://client.example:0443/callback",
      "https://[2001:db8:0:0:0:0:0:1]/callback",
    ]
  ) assert.equal(isRegistrableRedirectUri(uri), false, uri);
  for (
    const uri of [
      "https://Client.Example/",
      "https://client.example:443/",
      "https://192.0.2.1/",
      "https://a.example?x",
    ]
  ) assert.equal(isRegistrableRedirectUri(uri), true, uri);
});

Deno.test("matchRedirectUri accepts what is registered byte for byte and answers it", () => {
  const registered = ["https://a.example/callback", "cursor://callback"];
  for (const uri of registered) {
    assert.equal(matchRedirectUri(uri, registered), uri);
  }
  assert.equal(matchRedirectUri("https://a.example/callback", []), null);
});

Deno.test("matchRedirectUri accepts another port on this computer and answers the registered entry", () => {
  for (const host of ["127.0.0.1", "localhost", "[::1]"]) {
    const plain = `http://${host}/callback?x=1`;
    for (const port of ["", ":1", ":3030", ":65535"]) {
      const sent = `http://${host}${port}/callback?x=1`;
      assert.equal(matchRedirectUri(sent, [plain]), plain, sent);
      const ported = `http://${host}:9999/callback?x=1`;
      assert.equal(
        matchRedirectUri(sent, ["https://a.example/", ported]),
        ported,
        sent,
      );
    }
  }
  assert.equal(
    matchRedirectUri("http://localhost:1", ["http://localhost"]),
    "http://localhost",
  );
});

Deno.test("matchRedirectUri refuses everything else on this computer", () => {
  const registered = [
    "http://127.0.0.1/callback",
    "http://127.0.0.1:8080/with?query=1",
  ];
  for (
    const sent of [
      "http://localhost/callback",
      "http://[::1]/callback",
      "http://127.0.0.2/callback",
      "http://127.1/callback",
      "http://0x7f.1/callback",
      "http://2130706433/callback",
      "https://127.0.0.1/callback",
      "http://127.0.0.1:65536/callback",
      "http://127.0.0.1:/callback",
      "http://127.0.0.1:-1/callback",
      "http://127.0.0.1:1x/callback",
      "http://127.0.0.1:1@evil.example/callback",
      "http://user@127.0.0.1/callback",
      "http://127.0.0.1\\@evil.example/callback",
      "http://127.0.0.1/",
      "http://127.0.0.1",
      "http://127.0.0.1/Callback",
      "http://127.0.0.1/callback/",
      "http://127.0.0.1/callback?",
      "http://127.0.0.1/callback?x",
      "http://127.0.0.1/callback#",
      "http://127.0.0.1//callback",
      "http://127.0.0.1/./callback",
      "http://127.0.0.1/%63allback",
      "http://127.0.0.1/callback%2e",
      "http://127.0.0.1/with?query=2",
      "http://127.0.0.1/with",
      "http://127.0.0.1/callback\r\n",
      "http://127.0.0.1/callback\0",
    ]
  ) {
    assert.equal(
      matchRedirectUri(sent, registered),
      null,
      JSON.stringify(sent),
    );
  }
});

Deno.test("matchRedirectUri refuses everything that is nearly a registered https or private-use URI", () => {
  const registered = ["https://client.example/callback", "cursor://callback"];
  for (
    const sent of [
      "",
      "https://client.example/callback/",
      "https://client.example/callback?",
      "https://client.example/callback?x=1",
      "https://client.example/callback#",
      "https://client.example/Callback",
      "https://CLIENT.example/callback",
      "HTTPS://client.example/callback",
      "https://client.example:443/callback",
      "https://client.example:8443/callback",
      "https://client.example./callback",
      "https://client.example/%63allback",
      "https://client.example/a/../callback",
      "https://client.example//callback",
      "https://client.example\\callback",
      "https://user@client.example/callback",
      "https://client.example@evil.example/callback",
      "https://sub.client.example/callback",
      "https://client.example.evil.example/callback",
      "http://client.example/callback",
      "https://client.example/callback\r\nX: y",
      " https://client.example/callback",
      "https://client.example/callback ",
      "https://cl\u0456ent.example/callback",
      "cursor://callback:1",
      "cursor://callback/",
      "Cursor://callback",
    ]
  ) {
    assert.equal(
      matchRedirectUri(sent, registered),
      null,
      JSON.stringify(sent),
    );
  }
});

Deno.test("describeRedirectHost answers host and port, or the scheme of an app", () => {
  assert.equal(
    describeRedirectHost("https://client.example/callback"),
    "client.example",
  );
  assert.equal(
    describeRedirectHost("http://127.0.0.1:50123/callback"),
    "127.0.0.1:50123",
  );
  assert.equal(
    describeRedirectHost("https://client.example?x"),
    "client.example",
  );
  assert.equal(describeRedirectHost("cursor://anysphere/callback"), "cursor:");
  assert.equal(
    describeRedirectHost("com.example.app:/callback"),
    "com.example.app:",
  );
});
