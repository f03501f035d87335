/**
 * Strict OAuth clients that others wrote, against the running product: what they refuse, the specifications refuse.
 * Plain http is allowed to them by name; the person decides at the interaction endpoint.
 */
import assert from "node:assert/strict";
import * as oauth from "oauth4webapi";
import { exportJWK, generateKeyPair } from "jose";
import * as openid from "openid-client";
import {
  freePort,
  onTestDatabase,
  type ProductProcess,
  startProductProcess,
} from "../../local/testing/product_process.ts";
import { freshDemoDatabase } from "../../local/testing/test_database.ts";
import { publishDocument } from "./attacks/testing/published_document.ts";
import { REDIRECT_URI, sendPerson } from "./testing/http_flow.ts";

const SCOPE = "product:read";
const insecure = { [oauth.allowInsecureRequests]: true } as const;

async function withProduct(run: (product: ProductProcess) => Promise<void>): Promise<void> {
  const port = freePort();
  await using database = await freshDemoDatabase(`http://localhost:${port}`);
  await using product = await startProductProcess({ ...onTestDatabase(database), PORT: String(port) });
  await run(product);
}

/** A request at the resource as a strict resource server sees it. */
const presenting = (url: string, accessToken: string) =>
  new Request(url, { headers: { Authorization: `Bearer ${accessToken}` } });

const unpack = (jwt: string, part: 0 | 1) =>
  JSON.parse(atob((jwt.split(".")[part] ?? "").replaceAll("-", "+").replaceAll("_", "/")));

Deno.test("oauth4webapi goes from the MCP URL to a tool and through a refresh", () =>
  withProduct(async (product) => {
    const resource = new URL(`${product.url}/mcp`);
    const description = await oauth.processResourceDiscoveryResponse(
      resource,
      await oauth.resourceDiscoveryRequest(resource, insecure),
    );
    const issuer = new URL(description.authorization_servers?.[0] ?? "");
    const server = await oauth.processDiscoveryResponse(
      issuer,
      await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...insecure }),
    );
    assert.equal(server.authorization_response_iss_parameter_supported, true);

    const client = await oauth.processDynamicClientRegistrationResponse(
      await oauth.dynamicClientRegistrationRequest(
        server,
        { redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: "none" },
        insecure,
      ),
    );
    const verifier = oauth.generateRandomCodeVerifier();
    const state = oauth.generateRandomState();
    const url = new URL(server.authorization_endpoint ?? "");
    url.search = String(
      new URLSearchParams({
        response_type: "code",
        client_id: client.client_id,
        redirect_uri: REDIRECT_URI,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
        resource: resource.href,
        scope: SCOPE,
        state,
      }),
    );

    const refused = await sendPerson(product.url, url, "deny");
    assert.throws(
      () => oauth.validateAuthResponse(server, client, refused, state),
      (error) => error instanceof oauth.AuthorizationResponseError && error.error === "access_denied",
    );
    const answer = await sendPerson(product.url, url);
    assert.throws(() => oauth.validateAuthResponse(server, client, answer, "another state"));
    const mixedUp = { ...server, issuer: "https://another.example" };
    assert.throws(() => oauth.validateAuthResponse(mixedUp, client, answer, state), /iss/);
    const parameters = oauth.validateAuthResponse(server, client, answer, state);

    const redeem = (codeVerifier: string) =>
      oauth.authorizationCodeGrantRequest(
        server,
        client,
        oauth.None(),
        parameters,
        REDIRECT_URI,
        codeVerifier,
        insecure,
      ).then((response) => oauth.processAuthorizationCodeResponse(server, client, response));
    const isInvalidGrant = (error: unknown) =>
      error instanceof oauth.ResponseBodyError && error.error === "invalid_grant" && error.status === 400;
    await assert.rejects(redeem(oauth.generateRandomCodeVerifier()), isInvalidGrant);
    const tokens = await redeem(verifier);
    await assert.rejects(redeem(verifier), isInvalidGrant);
    assert.equal(tokens.token_type, "bearer");
    assert.equal(tokens.scope, SCOPE);
    await holdsAsJwtAccessToken(server, resource.href, tokens.access_token, client.client_id);

    const refreshed = await oauth.processRefreshTokenResponse(
      server,
      client,
      await oauth.refreshTokenGrantRequest(
        server,
        client,
        oauth.None(),
        tokens.refresh_token ?? "",
        insecure,
      ),
    );
    assert.notEqual(refreshed.refresh_token, tokens.refresh_token);
    await holdsAsJwtAccessToken(server, resource.href, refreshed.access_token, client.client_id);
    const listed = await listTools(resource, refreshed.access_token);
    assert.equal(listed.status, 200);
    await listed.body?.cancel();
    await assert.rejects(listTools(resource, `${refreshed.access_token}x`), (error) => {
      assert.ok(error instanceof oauth.WWWAuthenticateChallengeError);
      assert.equal(error.status, 401);
      const [challenge] = error.cause;
      assert.equal(challenge?.scheme, "bearer");
      assert.equal(challenge?.parameters.error, "invalid_token");
      assert.ok(challenge?.parameters.resource_metadata?.startsWith(product.url));
      return true;
    });
  }));

/** RFC 9068 §4, judged by the library: signature, type, issuer, audience, times and the claims that must be there. */
async function holdsAsJwtAccessToken(
  server: oauth.AuthorizationServer,
  resource: string,
  accessToken: string,
  clientId: string,
): Promise<void> {
  const claims = await oauth.validateJwtAccessToken(
    server,
    presenting(resource, accessToken),
    resource,
    insecure,
  );
  assert.equal(claims.client_id, clientId);
  assert.equal(claims.aud, resource);
  assert.equal(claims["scope"], SCOPE);
  assert.equal(unpack(accessToken, 0).typ, "at+jwt");
  const elsewhere = presenting("https://other.example/mcp", accessToken);
  await assert.rejects(
    oauth.validateJwtAccessToken(server, elsewhere, "https://other.example/mcp", insecure),
    /aud/,
  );
  const [header = "", payload = "", signature = ""] = accessToken.split(".");
  const altered = `${header}.${payload}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
  await assert.rejects(
    oauth.validateJwtAccessToken(server, presenting(resource, altered), resource, insecure),
  );
}

function listTools(resource: URL, accessToken: string): Promise<Response> {
  return oauth.protectedResourceRequest(
    accessToken,
    "POST",
    resource,
    new Headers({
      Accept: "application/json, text/event-stream",
      "Content-Type": "application/json",
      "MCP-Protocol-Version": "2025-06-18",
    }),
    JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
    insecure,
  );
}

/** A whole sign-in with openid-client: PKCE, state, the iss of RFC 9207, then a refresh. */
async function signInWithOpenidClient(
  product: ProductProcess,
  configuration: openid.Configuration,
  redirectUri: string,
): Promise<void> {
  const verifier = openid.randomPKCECodeVerifier();
  const state = openid.randomState();
  const url = openid.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    scope: SCOPE,
    resource: `${product.url}/mcp`,
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
  });
  const answer = await sendPerson(product.url, url);
  const checks = { pkceCodeVerifier: verifier, expectedState: state };
  for (const iss of ["https://another.example", `${product.url}/`, null]) {
    const forged = new URL(answer);
    if (iss === null) forged.searchParams.delete("iss");
    else forged.searchParams.set("iss", iss);
    await assert.rejects(
      openid.authorizationCodeGrant(configuration, forged, checks),
      (error) => error instanceof openid.ClientError && /"iss"/.test(String(error.cause)),
    );
  }
  const tokens = await openid.authorizationCodeGrant(configuration, answer, checks);
  assert.equal(tokens.scope, SCOPE);
  assert.equal(tokens.expires_in, 900);
  const refreshed = await openid.refreshTokenGrant(configuration, tokens.refresh_token ?? "", {
    resource: `${product.url}/mcp`,
  });
  assert.equal(unpack(refreshed.access_token, 1).aud, `${product.url}/mcp`);
  assert.equal(unpack(refreshed.access_token, 1).client_id, configuration.clientMetadata().client_id);
  const called = await listTools(new URL(`${product.url}/mcp`), refreshed.access_token);
  assert.equal(called.status, 200);
  await called.body?.cancel();
}

const execute = [openid.allowInsecureRequests];

Deno.test("openid-client signs in: both discoveries, every client authentication, registered or the demo client", (t) =>
  withProduct(async (product) => {
    const issuer = new URL(product.url);
    for (const algorithm of ["oauth2", "oidc"] as const) {
      await t.step(`a public client registers (${algorithm})`, async () => {
        const configuration = await openid.dynamicClientRegistration(
          issuer,
          { redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: "none" },
          openid.None(),
          { algorithm, execute },
        );
        await signInWithOpenidClient(product, configuration, REDIRECT_URI);
      });
      await t.step(`the demo client, client_secret_basic (${algorithm})`, async () => {
        const secret = "simple-mcp-secret-123";
        const authentication = openid.ClientSecretBasic(secret);
        const configuration = await openid.discovery(issuer, "simple-mcp-client", secret, authentication, {
          algorithm,
          execute,
        });
        await signInWithOpenidClient(product, configuration, "http://localhost:3030/callback");
      });
      for (const method of ["client_secret_post", "client_secret_basic"] as const) {
        await t.step(`a confidential client registers, ${method} (${algorithm})`, async () => {
          const registered = await openid.dynamicClientRegistration(
            issuer,
            { redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: method },
            undefined,
            { algorithm, execute },
          );
          const { client_id, client_secret } = registered.clientMetadata();
          assert.equal(typeof client_secret, "string");
          const authentication = method === "client_secret_post"
            ? openid.ClientSecretPost(client_secret)
            : openid.ClientSecretBasic(client_secret);
          const options = { algorithm, execute };
          const configuration = await openid.discovery(
            issuer,
            client_id,
            client_secret,
            authentication,
            options,
          );
          await signInWithOpenidClient(product, configuration, REDIRECT_URI);
        });
      }
    }
  }));

Deno.test("openid-client signs its assertions: every algorithm, keys that are registered or at a URL", (t) =>
  withProduct(async (product) => {
    const issuer = new URL(product.url);
    for (const algorithm of ["ES256", "RS256", "Ed25519"]) {
      await t.step(`a client registers its ${algorithm} key`, async () => {
        const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
        const jwk = { ...await exportJWK(publicKey), kid: "1" };
        const registered = await openid.dynamicClientRegistration(
          issuer,
          {
            redirect_uris: [REDIRECT_URI],
            token_endpoint_auth_method: "private_key_jwt",
            jwks: { keys: [jwk] },
          },
          openid.None(),
          { execute },
        );
        const { client_id, jwks } = registered.clientMetadata();
        assert.deepEqual(jwks, { keys: [jwk] });
        const configuration = await openid.discovery(
          issuer,
          client_id,
          undefined,
          openid.PrivateKeyJwt({ key: privateKey, kid: "1" }),
          { execute },
        );
        await signInWithOpenidClient(product, configuration, REDIRECT_URI);
      });
    }
    await t.step("a client that a document describes, with its keys at a URL", async () => {
      await using document = publishDocument();
      const { publicKey, privateKey } = await generateKeyPair("RS256");
      document.publishKeys({ ...await exportJWK(publicKey), kid: "a" });
      document.say({ token_endpoint_auth_method: "private_key_jwt", jwks_uri: document.keysUrl });
      const configuration = await openid.discovery(
        issuer,
        document.url,
        undefined,
        openid.PrivateKeyJwt({ key: privateKey, kid: "a" }),
        { execute },
      );
      await signInWithOpenidClient(product, configuration, REDIRECT_URI);
      assert.equal(document.askedForKeys(), 1);
    });
  }));

Deno.test("openid-client understands the refusal of a wrong secret, of a method not registered and of a foreign refresh token", () =>
  withProduct(async (product) => {
    const configured = (authentication: openid.ClientAuth) =>
      openid.discovery(new URL(product.url), "simple-mcp-client", undefined, authentication, { execute });
    const attempts = [
      openid.ClientSecretBasic("wrong"),
      openid.ClientSecretPost("simple-mcp-secret-123"),
      openid.None(),
    ];
    for (const authentication of attempts) {
      const refused = openid.refreshTokenGrant(await configured(authentication), "r".repeat(43));
      await assert.rejects(refused, (error) => {
        if (error instanceof openid.WWWAuthenticateChallengeError) {
          assert.equal(error.status, 401);
          return error.cause[0]?.scheme === "basic";
        }
        assert.ok(error instanceof openid.ResponseBodyError, String(error));
        return error.error === "invalid_client" && error.status === 401;
      });
    }
    const known = await configured(openid.ClientSecretBasic("simple-mcp-secret-123"));
    await assert.rejects(
      openid.refreshTokenGrant(known, "r".repeat(43)),
      (error) => error instanceof openid.ResponseBodyError && error.error === "invalid_grant",
    );
  }));
