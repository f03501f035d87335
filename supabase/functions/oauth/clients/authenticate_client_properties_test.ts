/** The Basic header under random input: whatever RFC 6749 §2.3.1 can carry arrives, anything else is an OAuthError. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { sha256 } from "../../_shared/encoding.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";
import type { Client } from "../deps.ts";
import { authenticateClient } from "./authenticate_client.ts";

fc.configureGlobal({ seed: 20261121, numRuns: 500 });

/** Any text at all; half a surrogate pair becomes U+FFFD. (fast-check's own "binary" unit takes a second to set up.) */
const anyText = (minLength = 0, maxLength = 30) =>
  fc.array(fc.nat(0x10ffff), { minLength, maxLength }).map((codes) =>
    String.fromCodePoint(...codes).toWellFormed()
  );

/** A store that knows every id, with this secret; it remembers what it was asked. */
function storeWith(secret: string) {
  const asked: string[] = [];
  const store = {
    async findClient(id: string): Promise<Client> {
      asked.push(id);
      return {
        id,
        verified: false,
        name: "Example",
        uri: null,
        tokenEndpointAuthMethod: "client_secret_basic",
        secretHash: await sha256(secret),
        keys: null,
        redirectUris: [],
        grantTypes: [],
        document: null,
      } as Client;
    },
    recordRefusal: () => Promise.resolve(),
  };
  return { deps: { store } as unknown as Parameters<typeof authenticateClient>[2], asked };
}

/** Any text, or one of those that the encodings treat specially. */
const text = (minLength: number) =>
  fc.oneof(anyText(minLength), fc.string({ unit: fc.constantFrom(..."a:+ %&=é"), minLength, maxLength: 30 }))
    .filter((value) => !value.includes("\0"));
/** application/x-www-form-urlencoded, as a browser's own encoder writes it. */
const formEncode = (value: string) => new URLSearchParams({ "": value }).toString().slice(1);

Deno.test("authenticateClient reads every id and secret back from a form-encoded Basic header", async () => {
  const scheme = fc.constantFrom("Basic", "basic", "BASIC");
  await fc.assert(fc.asyncProperty(scheme, text(1), text(0), async (name, id, secret) => {
    // The first colon ends the id; those of the secret need no encoding to arrive.
    const { deps, asked } = storeWith(secret);
    const header = `${name} ${btoa(`${formEncode(id)}:${formEncode(secret).replaceAll("%3A", ":")}`)}`;
    const { client } = await authenticateClient(header, new Map(), deps);
    assert.equal(client.id, id);
    assert.deepEqual(asked, [id]);
    await assert.rejects(authenticateClient(header, new Map(), storeWith(`${secret}x`).deps), OAuthError);
  }));
});

Deno.test("authenticateClient answers any header with an OAuthError when the secret is not in it", async () => {
  const credentials = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom("%", "+", ":", "a", "0", "Z", "%41", "%C3", "%00", "é", "=") }),
  ).map((value) => {
    try {
      return btoa(value);
    } catch {
      return value;
    }
  });
  const header = fc.oneof(
    anyText(),
    fc.tuple(
      fc.constantFrom("Basic ", "basic  ", "Basic", "Bearer ", " Basic "),
      credentials,
      fc.constantFrom("", "=", " ", "\n"),
    )
      .map((parts) => parts.join("")),
  );
  const parameters = fc.dictionary(fc.constantFrom("client_id", "client_secret", "other"), fc.string())
    .map((fields) => new Map(Object.entries(fields)));
  await fc.assert(fc.asyncProperty(fc.option(header, { nil: undefined }), parameters, async (sent, form) => {
    await assert.rejects(
      authenticateClient(sent, form, storeWith("a secret that nobody guesses").deps),
      (error) => error instanceof OAuthError && ["invalid_client", "invalid_request"].includes(error.code),
    );
  }));
});
