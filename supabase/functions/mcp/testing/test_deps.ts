/** Dependencies of the `mcp` function for tests: a memory store, a clock that stands, real ES256 keys. */
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { invalidToken } from "../../_shared/access_token.ts";
import { publicUrls } from "../../_shared/public_urls.ts";
import { sha256, toBase64Url } from "../../_shared/encoding.ts";
import type { CallLeases, Credential, Deps, KeyHolder, McpStore } from "../deps.ts";
import { createCallLeases } from "../store/call_leases.ts";

export const NOW = new Date("2026-11-21T12:00:00Z");
export const PUBLIC_URL = "http://localhost:54321";

/** A key that is alive. */
export const API_KEY = `sekisho_${"k".repeat(43)}`;

export interface TestDeps extends Deps {
  /** What the database knows as alive: the jti of tokens, the hash of API keys. */
  readonly live: Set<string>;
  /** Statements that tools ran, with the token or key they ran under. */
  readonly queries: { jti: string; text: string; values: readonly unknown[] }[];
  /** What the next query answers. */
  rows: object[];
  readonly publicJwk: JWK;
  readonly logged: Record<string, unknown>[];
  /** A token as the authorization server signs it, with these claims or header members instead. */
  token(
    claims?: Record<string, unknown>,
    header?: Record<string, unknown>,
  ): Promise<string>;
}

export async function createTestDeps(): Promise<TestDeps> {
  const { publicKey, privateKey } = await generateKeyPair("ES256", {
    extractable: true,
  });
  const publicJwk: JWK = {
    ...await exportJWK(publicKey),
    kid: "k1",
    alg: "ES256",
    use: "sig",
  };
  const urls = publicUrls(PUBLIC_URL);
  const live = new Set(["live-token-0000000000a", toBase64Url(await sha256(API_KEY))]);
  const queries: TestDeps["queries"] = [];
  const logged: Record<string, unknown>[] = [];
  const store: McpStore = {
    leaseCalls: ({ credential, wanted }) =>
      Promise.resolve(
        live.has(nameOf(credential))
          ? { outcome: "leased", leased: wanted, minute: 0, keys: [publicJwk], holder: holderOf(credential) }
          : { outcome: "dead", keys: [publicJwk] },
      ),
    queryAsPerson<Row extends object>(
      { credential }: { credential: Credential },
      text: string,
      values: readonly unknown[],
    ) {
      const jti = nameOf(credential);
      if (!live.has(jti)) return Promise.reject(invalidToken("token_dead"));
      queries.push({ jti, text, values });
      return Promise.resolve(deps.rows as Row[]);
    },
  };
  const deps: TestDeps = {
    urls,
    allowedOrigins: [PUBLIC_URL, "http://localhost:6274"],
    live,
    queries,
    rows: [],
    logged,
    store,
    leases: createCallLeases(store, () => NOW, 1000),
    apiKeyInQuery: false,
    publicJwk,
    log: {
      write: (level, event, fields) => void logged.push({ level, event, ...fields }),
    },
    now: () => NOW,
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    token: (claims = {}, header = {}) =>
      new SignJWT({
        iss: urls.issuer,
        sub: "00000000-0000-4000-8000-000000000001",
        aud: urls.resource,
        client_id: "client_a",
        scope: "product:read",
        jti: "live-token-0000000000a",
        iat: NOW.getTime() / 1000,
        exp: NOW.getTime() / 1000 + 900,
        ...claims,
      }).setProtectedHeader({
        alg: "ES256",
        typ: "at+jwt",
        kid: "k1",
        ...header,
      }).sign(privateKey),
  };
  return deps;
}

/** The same where every token has a lease: it is believed to be alive until a query finds that it is not. */
export function withLease(deps: TestDeps): TestDeps {
  const leases: CallLeases = {
    verificationKeys: () => Promise.resolve([deps.publicJwk]),
    spend: (credential) => Promise.resolve(holderOf(credential)),
    forget: () => {},
  };
  return { ...deps, leases };
}

function nameOf(credential: Credential): string {
  return credential.kind === "api_key" ? toBase64Url(credential.keyHash) : credential.jti;
}

function holderOf({ kind }: Credential): KeyHolder | null {
  if (kind === "access_token") return null;
  return {
    keyId: "key_a",
    personId: "00000000-0000-4000-8000-000000000001",
    scope: ["product:read"],
    expiresAt: NOW.getTime() / 1000 + 900,
  };
}
