/**
 * Signs access tokens (RFC 9068) with ES256 keys of its own: worthless at Supabase Auth and at PostgREST, which trust
 * other keys. Which key signs, the database decides with every token that it records; here keys are made when it misses
 * one, opened, imported as non-extractable and kept for as long as the process lives.
 */
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from "jose";
import { ACCESS_TOKEN_ALGORITHM, ACCESS_TOKEN_TYPE } from "../../_shared/access_token.ts";
import { type Bytes, toBase64Url } from "../../_shared/encoding.ts";
import type { Log } from "../../_shared/http/request_log.ts";
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
  /** How long a key signs before the next takes over. */
  readonly keyDays: number;
  readonly store: Pick<OAuthStore, "listSigningKeys" | "checkSecrets" | "createSigningKey">;
  readonly sealer: PrivateKeySealer;
  readonly log: Log;
  random(length: number): Bytes;
}

const KID_BYTES = 8;

/** A signer over the keys in the store. Proposes the key that is missing there. */
export function createSigner(deps: SignerDeps): Signer {
  /** Private keys by kid. What was opened stays: a token that was recorded for it may still have to be signed. */
  const opened = new Map<string, Promise<CryptoKey>>();
  let proposing: Promise<void> | null = null;

  const warn = (event: string, error: unknown) =>
    deps.log.write("warn", event, { name: error instanceof Error ? error.name : "unknown" });

  const publishedKeys = async (): Promise<readonly StoredSigningKey[]> => {
    for (let tries = 0;; tries++) {
      const { keys, missing } = await deps.store.listSigningKeys();
      // A new database misses both.
      if (missing === null || tries === 2) return keys;
      proposing ??= proposeKey(deps).finally(() => proposing = null);
      try {
        await proposing;
      } catch (error) {
        if (missing === "active") throw error;
        // The next key has time: somebody else, or a later request, will propose it.
        warn("next signing key not made", error);
        return keys;
      }
    }
  };
  const open = ({ kid, sealedPrivateKey }: StoredSigningKey): Promise<CryptoKey> => {
    const opening = opened.get(kid) ?? openPrivateKey(kid, sealedPrivateKey, deps.sealer);
    opened.set(kid, opening);
    // A failed opening must not be remembered.
    opening.catch(() => opened.delete(kid));
    return opening;
  };

  return {
    async ready() {
      const [active, ...others] = await publishedKeys();
      if (active === undefined) throw new Error("no key signs");
      await open(active);
      // Without the next key this process still signs, until that one takes over.
      await Promise.all(
        others.filter(({ sealedPrivateKey }) => sealedPrivateKey !== null).map((next) =>
          open(next).catch((error) => warn("next signing key not opened", error))
        ),
      );
    },
    async sign(input) {
      const listed = async () => (await publishedKeys()).find(({ kid }) => kid === input.kid);
      const key = await (opened.get(input.kid) ?? listed().then((found) => found && open(found)));
      if (key === undefined) throw new Error("the key that must sign is not there");
      const details = input.authorizationDetails;
      return await new SignJWT({
        client_id: input.clientId,
        scope: formatScope(input.scope),
        jti: input.jti,
        ...(details.length === 0 ? {} : { authorization_details: details }),
      })
        .setProtectedHeader({ alg: ACCESS_TOKEN_ALGORITHM, typ: ACCESS_TOKEN_TYPE, kid: input.kid })
        .setIssuer(deps.issuer)
        .setSubject(input.subject)
        .setAudience(input.audience)
        .setIssuedAt(input.issuedAt)
        .setExpirationTime(input.issuedAt + input.lifetimeSeconds)
        .sign(key);
    },
    async publicKeys() {
      return (await publishedKeys()).map((key) => key.publicJwk);
    },
  };
}

async function proposeKey(deps: SignerDeps): Promise<void> {
  // A key sealed under a secret that the database does not know could never be opened by another process.
  const outcome = await deps.store.checkSecrets(await deps.sealer.checks());
  if (outcome !== "fits") throw new Error(`SEKISHO_SECRET: ${outcome}`);
  const pair = await generateKeyPair(ACCESS_TOKEN_ALGORITHM, { extractable: true });
  const kid = toBase64Url(deps.random(KID_BYTES));
  const publicJwk = { ...await exportJWK(pair.publicKey), kid, alg: ACCESS_TOKEN_ALGORITHM, use: "sig" };
  const plain = JSON.stringify(await exportJWK(pair.privateKey));
  const { secretId, sealed } = await deps.sealer.seal(plain, placeOf(kid), deps.random(SEAL_IV_BYTES));
  await deps.store.createSigningKey({
    kid,
    publicJwk,
    sealedPrivateKey: sealed,
    secretId,
    days: deps.keyDays,
  });
}

async function openPrivateKey(
  kid: string,
  sealed: string | null,
  sealer: PrivateKeySealer,
): Promise<CryptoKey> {
  if (sealed === null) throw new Error("this key signs no more");
  const jwk: JWK = JSON.parse(await sealer.open(sealed, placeOf(kid)));
  const imported = await importJWK({ ...jwk, ext: false }, ACCESS_TOKEN_ALGORITHM);
  if (imported instanceof Uint8Array) throw new Error("a signing key is not a key pair");
  return imported;
}

function placeOf(kid: string) {
  return { table: "oauth.signing_keys", column: "sealed_private_key", row: kid };
}
