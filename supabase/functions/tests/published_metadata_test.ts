/**
 * What the MCP clients of today say of themselves, against the running product: their registrations and their client ID
 * metadata documents are taken as they are, and every redirect URI that they list or send leads to consent and to tokens.
 */
import assert from "node:assert/strict";
import { type ClientKey, newClientKey } from "../oauth/testing/client_key.ts";
import { begin, createTestServer, showInteraction } from "../oauth/testing/test_server.ts";
import { onStage, type Stage } from "./attacks/testing/attack_stage.ts";
import { publishDocument } from "./attacks/testing/published_document.ts";
import { chatgpt } from "./published_metadata/chatgpt.ts";
import { claude } from "./published_metadata/claude.ts";
import { claudeCode } from "./published_metadata/claude_code.ts";
import { codex } from "./published_metadata/codex.ts";
import { cursor } from "./published_metadata/cursor.ts";
import { mcpInspector } from "./published_metadata/mcp_inspector.ts";
import type { PublishedClient, PublishedMetadata } from "./published_metadata/published_client.ts";
import { vsCode } from "./published_metadata/vs_code.ts";
import { authorizeParameters, beginRequest, decide, signInByPassword } from "./testing/http_flow.ts";

const CLIENTS: readonly PublishedClient[] = [
  chatgpt,
  claude,
  claudeCode,
  codex,
  cursor,
  mcpInspector,
  vsCode,
];

/** How a client shows at the token endpoint who it is. */
interface Identity {
  readonly client_id: string;
  readonly client_secret?: string;
  readonly key?: ClientKey;
  readonly token_endpoint_auth_method: string;
}

/** Every redirect URI that it may send: what it lists, loopback also on another port, and what it was seen sending. */
function redirectUris({ metadata, sent = [] }: PublishedMetadata): string[] {
  const listed = metadata.redirect_uris;
  const moved = listed.filter((uri) => uri.startsWith("http:"))
    .map((uri) => uri.replace(/^(http:\/\/[^:/]+)(:\d+)?/, "$1:50123"));
  return [...new Set([...listed, ...moved, ...sent.map(({ redirectUri }) => redirectUri)])];
}

/** From the authorization request to tokens, answered at exactly this redirect URI. */
async function signIn({ url }: Stage, identity: Identity, redirectUri: string, session: string) {
  const verifier = "v".repeat(43);
  const parameters = { ...await authorizeParameters(identity, verifier), redirect_uri: redirectUri };
  const begun = await beginRequest(url, parameters);
  assert.equal(begun.status, 303, redirectUri);
  assert.equal(begun.location, `${url}/consent?request=${begun.id}`);

  const continueTo = await decide(url, begun.id, session);
  const continued = await fetch(continueTo, { redirect: "manual", headers: { Cookie: begun.cookie } });
  await continued.body?.cancel();
  const [answeredAt, query] = (continued.headers.get("Location") ?? "").split("?");
  assert.equal(answeredAt, redirectUri);
  const answer = new URLSearchParams(query);
  assert.equal(answer.get("iss"), url);

  const { headers, form } = await present(identity, `${url}/oauth/token`);
  const redemption = {
    grant_type: "authorization_code",
    code: answer.get("code") ?? "",
    code_verifier: verifier,
    redirect_uri: redirectUri,
    ...form,
  };
  const response = await fetch(`${url}/oauth/token`, {
    method: "POST",
    headers,
    body: new URLSearchParams(redemption),
  });
  const tokens = await response.json();
  assert.equal(response.status, 200, JSON.stringify(tokens));
  assert.equal(typeof tokens.refresh_token, "string");
}

/** The client's part of a token request, as its method has it (RFC 6749 §2.3.1, RFC 7523 §2.2). */
async function present(identity: Identity, tokenEndpoint: string) {
  const { client_id, client_secret = "", key, token_endpoint_auth_method } = identity;
  switch (token_endpoint_auth_method) {
    case "none":
      return { headers: {}, form: { client_id } };
    case "client_secret_post":
      return { headers: {}, form: { client_id, client_secret } };
    case "client_secret_basic":
      return { headers: { Authorization: `Basic ${btoa(`${client_id}:${client_secret}`)}` }, form: {} };
    case "private_key_jwt":
      return { headers: {}, form: { client_id, ...await key?.present(client_id, tokenEndpoint) } };
    default:
      throw new Error(`this test cannot use ${token_endpoint_auth_method}`);
  }
}

/** Registers with exactly this body: everything it says is kept, and nothing is null. */
async function registerAs({ url }: Stage, body: PublishedMetadata["metadata"]): Promise<Identity> {
  const response = await fetch(`${url}/oauth/register`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const registered = await response.json();
  assert.equal(response.status, 201, JSON.stringify(registered));
  assert.ok(Object.values(registered).flat().every((value) => value !== null));
  const kept = Object.fromEntries(Object.keys(body).map((member) => [member, registered[member]]));
  assert.deepEqual(kept, body);
  const method = body["token_endpoint_auth_method"] ?? "client_secret_basic";
  assert.equal(registered.token_endpoint_auth_method, method);
  assert.equal(typeof registered.client_secret, method === "none" ? "undefined" : "string");
  assert.equal(registered.client_secret_expires_at, method === "none" ? undefined : 0);
  return registered;
}

/** Who has a well-known name rightly is not taken for one who borrowed it. */
async function assertNoneFlagged({ rows }: Stage): Promise<void> {
  assert.deepEqual(await rows("select client from oauth.audit_log where event = 'client_name_borrowed'"), []);
}

Deno.test("registrations as MCP clients send them are kept, and every redirect URI of theirs leads to tokens", (t) =>
  onStage(async (stage) => {
    const session = await signInByPassword(stage.url);
    for (const { name, registrations } of CLIENTS) {
      for (const registration of registrations) {
        await t.step(`${name}: ${registration.source} (${registration.date})`, async () => {
          const identity = await registerAs(stage, registration.metadata);
          for (const uri of redirectUris(registration)) await signIn(stage, identity, uri, session);
        });
      }
    }
    await assertNoneFlagged(stage);
  }));

Deno.test("documents as MCP clients publish them are fetched, and every redirect URI of theirs leads to tokens", (t) =>
  onStage(async (stage) => {
    const session = await signInByPassword(stage.url);
    for (const { name, documents } of CLIENTS) {
      for (const document of documents) {
        await t.step(`${name}: ${document.source} (${document.date})`, async () => {
          await using published = publishDocument();
          const { metadata } = document;
          const key = await newClientKey(String(metadata["token_endpoint_auth_signing_alg"] ?? "ES256"));
          published.publishKeys(key.jwk);
          // Where it is, and where its keys are, has to be on this computer; nothing else is changed.
          const moved = "jwks_uri" in metadata ? { jwks_uri: published.keysUrl } : {};
          published.answer((url) => Response.json({ ...metadata, ...moved, client_id: url }));
          const token_endpoint_auth_method = String(metadata["token_endpoint_auth_method"]);
          const identity = { client_id: published.url, key, token_endpoint_auth_method };
          for (const uri of redirectUris(document)) await signIn(stage, identity, uri, session);

          assert.equal(published.asked(), 1);
          const [recorded] = await stage.rows<{ name: string; method: string; redirect_uris: string[] }>(
            "select name, token_endpoint_auth_method as method, redirect_uris from oauth.clients where id = $1",
            [published.url],
          );
          assert.deepEqual(recorded, {
            name: metadata.client_name,
            method: token_endpoint_auth_method,
            redirect_uris: [...metadata.redirect_uris],
          });
        });
      }
    }
    await assertNoneFlagged(stage);
  }));

Deno.test("documents are accepted under the https ids at which MCP clients publish them", async (t) => {
  for (const { name, documents } of CLIENTS) {
    for (const document of documents) {
      const { client_id, client_name } = document.metadata;
      await t.step(`${name}: ${client_id}`, async () => {
        const server = createTestServer();
        server.deps.published.set(client_id, { body: document.metadata });
        for (const redirect_uri of redirectUris(document)) {
          const { id } = await begin(server, { client_id, redirect_uri });
          const { client, redirect_host, loopback } = await (await showInteraction(server, id)).json();
          const { host, protocol } = new URL(redirect_uri);
          assert.deepEqual(client, {
            id: client_id,
            name: client_name,
            host: new URL(client_id).host,
            verified: false,
            borrowed_name: false,
          });
          assert.deepEqual([redirect_host, loopback], [host, protocol === "http:"]);
        }
        assert.deepEqual(server.deps.fetched, [client_id]);
      });
    }
  }
});
