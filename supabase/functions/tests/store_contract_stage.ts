/** What the scenarios of the store contract begin with: a client, a person, a resource, and the steps to a token. */
import assert from "node:assert/strict";
import { type Bytes, sha256, toBase64Url } from "../_shared/encoding.ts";
import type {
  AuthenticatedClient,
  CodeRedemption,
  Continuation,
  Decision,
  Issued,
  NewAuthorizationRequest,
  NewClient,
  NewSigningKey,
  Resource,
  Rotation,
  SecretCheck,
} from "../oauth/deps.ts";
import type { StoredRefreshToken, World } from "./store_contract_world.ts";

export const REDIRECT_URI = "http://127.0.0.1/callback";
/** S256 of the verifier of every request here. */
export const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

export const RESOURCE: Resource = {
  identifier: "https://mcp.example/mcp",
  name: "Example",
  scopes: ["product:read", "product:write", "booking:read"].map((name) => ({
    name,
    description: { en: `Use ${name}`, ja: `${name} を使う` },
    tools: [name.replace(":", "_")],
  })),
  defaultScope: ["product:read"],
  isDefault: true,
};
export const OTHER_RESOURCE: Resource = {
  ...RESOURCE,
  identifier: "https://other.example/mcp",
  isDefault: false,
};

/** SHA-256 of something that nobody knows. */
export function newHash(): Promise<Bytes> {
  return sha256(crypto.randomUUID());
}

export function newJti(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(16)));
}

/** A public client as registration proposes it. */
export function newClient(overrides: Partial<NewClient> = {}): NewClient {
  return {
    id: `client_${crypto.randomUUID()}`,
    name: "Example client",
    uri: "https://client.example",
    applicationType: "native",
    tokenEndpointAuthMethod: "none",
    secretHash: null,
    jwks: null,
    jwksUri: null,
    redirectUris: [REDIRECT_URI],
    grantTypes: ["authorization_code", "refresh_token"],
    responseTypes: ["code"],
    scope: null,
    ...overrides,
  };
}

export interface Stage {
  readonly world: World;
  readonly client: AuthenticatedClient;
  readonly personId: string;
  readonly browserHash: Bytes;
}

/** A signing key as the signer proposes it. The "sealed" value is only a text here. */
export function newSigningKey(kid: string, overrides: Partial<NewSigningKey> = {}): NewSigningKey {
  return {
    kid,
    publicJwk: { kty: "EC", crv: "P-256", x: "x", y: "y", kid, alg: "ES256", use: "sig" },
    sealedPrivateKey: `one.sealed-${kid}`,
    secretId: "one",
    days: 90,
    ...overrides,
  };
}

/** Makes the secrets of these ids known. Answers their checks. */
export async function knowSecrets({ store }: World, ...ids: string[]): Promise<SecretCheck[]> {
  const checks = await Promise.all(ids.map(async (id) => ({ id, value: await newHash() })));
  assert.equal(await store.checkSecrets(checks), "fits");
  return checks;
}

/** Makes a key that signs, unless there is one. */
export async function beginSigning(world: World): Promise<void> {
  if ((await world.store.listSigningKeys()).missing !== "active") return;
  await knowSecrets(world, "one");
  await world.store.createSigningKey(newSigningKey("key"));
}

/** A registered client, a person with a browser, a key that signs, and two resources. */
export async function setStage(world: World, overrides: Partial<NewClient> = {}): Promise<Stage> {
  await beginSigning(world);
  await world.recordResource(RESOURCE);
  await world.recordResource(OTHER_RESOURCE);
  return {
    world,
    client: await addClient(world, overrides),
    personId: await world.addPerson(),
    browserHash: await newHash(),
  };
}

export async function addClient(
  world: World,
  overrides: Partial<NewClient> = {},
): Promise<AuthenticatedClient> {
  const proposed = newClient(overrides);
  await world.store.createClient(proposed, null);
  const client = await world.store.findClient(proposed.id);
  assert.ok(client !== null);
  return { client, secretHash: client.secretHash, assertion: null };
}

/** An authorization request that authorize would record. */
export async function newRequest(
  { client: { client }, browserHash }: Stage,
  overrides: Partial<NewAuthorizationRequest> = {},
): Promise<NewAuthorizationRequest> {
  return {
    idHash: await newHash(),
    browserHash,
    clientId: client.id,
    redirectUri: "http://127.0.0.1:50123/callback",
    registeredRedirectUri: REDIRECT_URI,
    resource: RESOURCE.identifier,
    scope: ["product:read", "booking:read"],
    authorizationDetails: [],
    state: "state of the client",
    codeChallenge: CHALLENGE,
    lifetimeSeconds: 600,
    ...overrides,
  };
}

/** Records a request. Answers the hash of its id. */
export async function begin(
  stage: Stage,
  overrides: Partial<NewAuthorizationRequest> = {},
): Promise<Bytes> {
  const request = await newRequest(stage, overrides);
  assert.deepEqual(await stage.world.store.createAuthorizationRequest(request), { outcome: "created" });
  return request.idHash;
}

/** The person's approval of everything that `begin` asks for. */
export async function newDecision(
  { personId }: Stage,
  idHash: Bytes,
  overrides: Partial<Decision> = {},
): Promise<Decision> {
  return {
    idHash,
    personId,
    decision: "approve",
    scope: ["product:read", "booking:read"],
    authorizationDetails: null,
    continueSecretHash: await newHash(),
    ...overrides,
  };
}

/** Begins and decides. Answers the hash of the continue secret. */
export async function decide(stage: Stage, overrides: Partial<Decision> = {}): Promise<Bytes> {
  const decision = await newDecision(stage, await begin(stage), overrides);
  assert.deepEqual(await stage.world.store.decideAuthorizationRequest(decision), { outcome: "decided" });
  return decision.continueSecretHash;
}

export async function newContinuation(
  { browserHash }: Stage,
  continueSecretHash: Bytes,
  overrides: Partial<Continuation> = {},
): Promise<Continuation> {
  return {
    continueSecretHash,
    browserHash,
    codeHash: await newHash(),
    codeLifetimeSeconds: 60,
    ...overrides,
  };
}

/** All the way to a code. Answers its hash. */
export async function obtainCode(stage: Stage, overrides: Partial<Decision> = {}): Promise<Bytes> {
  const continuation = await newContinuation(stage, await decide(stage, overrides));
  const { outcome } = await stage.world.store.continueAuthorizationRequest(continuation);
  assert.equal(outcome, "approved");
  return continuation.codeHash;
}

/** A redemption with everything right. */
export async function newRedemption(
  { client }: Stage,
  codeHash: Bytes,
  overrides: Partial<CodeRedemption> = {},
): Promise<CodeRedemption> {
  return {
    client,
    codeHash,
    redirectUri: "http://127.0.0.1:50123/callback",
    codeChallenge: CHALLENGE,
    resource: RESOURCE.identifier,
    replaySeconds: 10,
    jti: newJti(),
    accessTokenSeconds: 900,
    refreshTokenSeconds: 86_400,
    refreshTokenHash: await newHash(),
    ...overrides,
  };
}

/** All the way to the first tokens. */
export async function obtainTokens(
  stage: Stage,
): Promise<{ jti: string; tokenHash: Bytes; issued: Issued }> {
  const redemption = await newRedemption(stage, await obtainCode(stage));
  const redeemed = await stage.world.store.redeemAuthorizationCode(redemption);
  assert.ok(redeemed.outcome === "redeemed");
  return { jti: redemption.jti, tokenHash: redemption.refreshTokenHash, issued: redeemed.issued };
}

/** A rotation with everything right. The "sealed" value is only a text here. */
export async function newRotation(
  { client }: Stage,
  tokenHash: Bytes,
  overrides: Partial<Rotation> = {},
): Promise<Rotation> {
  return {
    client,
    tokenHash,
    resource: null,
    scope: null,
    successorHash: await newHash(),
    sealedSuccessor: `sealed ${crypto.randomUUID()}`,
    replaySeconds: 60,
    perHour: 0,
    jti: newJti(),
    accessTokenSeconds: 900,
    refreshTokenSeconds: 86_400,
    ...overrides,
  };
}

/** Rotates with everything right. Answers the rotation that was proposed and accepted. */
export async function rotate(
  stage: Stage,
  tokenHash: Bytes,
  overrides: Partial<Rotation> = {},
): Promise<Rotation> {
  const rotation = await newRotation(stage, tokenHash, overrides);
  assert.equal((await stage.world.store.rotateRefreshToken(rotation)).outcome, "rotated");
  return rotation;
}

/** Asserts that a refresh token lies in the table and answers it. */
export async function stored(world: World, tokenHash: Bytes): Promise<StoredRefreshToken> {
  const token = await world.findRefreshToken(tokenHash);
  assert.ok(token !== null);
  return token;
}

/** Databases take a moment: instants are compared with some slack. */
export function assertAbout(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= 10, `${actual} is not about ${expected}`);
}
