/**
 * Signs access tokens (RFC 9068) with ES256 keys of its own: worthless at Supabase Auth and at PostgREST, which trust
 * other keys. Private keys are opened here, imported as non-extractable and kept for as long as the process lives.
 */
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from "jose";
import { ACCESS_TOKEN_ALGORITHM, ACCESS_TOKEN_TYPE } from "../../_shared/access_token.ts";
import { type Bytes, toBase64Url } from "../../_shared/encoding.ts";
import { formatScope } from "../../_shared/scope.ts";
import { SEAL_IV_BYTES } from "../../_shared/sealed_text.ts";
import type { OAuthStore, SecretCheck, Signer, StoredSigningKey } from "../deps.ts";

/** Seals and opens private keys: `runtime/keys.ts`, narrowed to what is needed here. */
export interface PrivateKeySealer {
  checks(): Promise<readonly SecretCheck[]>;
  seal(
    plain: string,
    place: { table: string; column: string; row: string },
    iv: Bytes,
  ): Promise<{ secretId: string; sealed: string }>;
  open(sealed: string, place: { table: string; column: string; row: string }): Promise<string>;
}

interface SignerDeps {
  readonly issuer: string;
  readonly store: Pick<OAuthStore, "listSigningKeys" | "checkSecrets" | "createFirstSigningKey">;
  readonly sealer: PrivateKeySealer;
  random(length: number): Bytes;
}

const KID_BYTES = 8;

/** A signer over the keys in the store. Makes the first key when there is none. */
export function createSigner(deps: SignerDeps): Signer {
  const opened = new Map<string, Promise<CryptoKey>>();

  const activeKey = async () => {
    const [active] = await keysInUse(deps);
    const opening = opened.get(active.kid) ?? openPrivateKey(active, deps.sealer);
    opened.set(active.kid, opening);
    // A failed opening must not be remembered.
    opening.catch(() => opened.delete(active.kid));
    return { kid: active.kid, key: await opening };
  };

  return {
    async ready() {
      await activeKey();
    },
    async sign(input) {
      const { kid, key } = await activeKey();
      const details = input.authorizationDetails;
      return await new SignJWT({
        client_id: input.clientId,
        scope: formatScope(input.scope),
        jti: input.jti,
        ...(details.length === 0 ? {} : { authorization_details: details }),
      })
        .setProtectedHeader({ alg: ACCESS_TOKEN_ALGORITHM, typ: ACCESS_TOKEN_TYPE, kid })
        .setIssuer(deps.issuer)
        .setSubject(input.subject)
        .setAudience(input.audience)
        .setIssuedAt(input.issuedAt)
        .setExpirationTime(input.issuedAt + input.lifetimeSeconds)
        .sign(key);
    },
    async publicKeys() {
      return (await keysInUse(deps)).map((key) => key.publicJwk);
    },
  };
}

async function keysInUse(deps: SignerDeps): Promise<readonly [StoredSigningKey, ...StoredSigningKey[]]> {
  const [first, ...others] = await deps.store.listSigningKeys();
  if (first !== undefined) return [first, ...others];
  await createFirstKey(deps);
  const [created, ...rest] = await deps.store.listSigningKeys();
  if (created === undefined) throw new Error("the first signing key was not recorded");
  return [created, ...rest];
}

async function createFirstKey(deps: SignerDeps): Promise<void> {
  // A key sealed under a secret that the database does not know could never be opened by another process.
  const outcome = await deps.store.checkSecrets(await deps.sealer.checks());
  if (outcome !== "fits") throw new Error(`SEKISHO_SECRET: ${outcome}`);
  const pair = await generateKeyPair(ACCESS_TOKEN_ALGORITHM, { extractable: true });
  const kid = toBase64Url(deps.random(KID_BYTES));
  const publicJwk = { ...await exportJWK(pair.publicKey), kid, alg: ACCESS_TOKEN_ALGORITHM, use: "sig" };
  const plain = JSON.stringify(await exportJWK(pair.privateKey));
  const { secretId, sealed } = await deps.sealer.seal(plain, placeOf(kid), deps.random(SEAL_IV_BYTES));
  await deps.store.createFirstSigningKey({ kid, publicJwk, sealedPrivateKey: sealed, secretId });
}

async function openPrivateKey(key: StoredSigningKey, sealer: PrivateKeySealer): Promise<CryptoKey> {
  const jwk: JWK = JSON.parse(await sealer.open(key.sealedPrivateKey, placeOf(key.kid)));
  const imported = await importJWK({ ...jwk, ext: false }, ACCESS_TOKEN_ALGORITHM);
  if (imported instanceof Uint8Array) throw new Error("a signing key is not a key pair");
  return imported;
}

function placeOf(kid: string) {
  return { table: "oauth.signing_keys", column: "sealed_private_key", row: kid };
}
