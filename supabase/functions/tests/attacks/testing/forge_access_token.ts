/**
 * Access tokens with the server's own signature and claims of the test's choice: what the gate must refuse although the
 * key is right. Opens the key as only somebody with SEKISHO_SECRET can.
 */
import { decodeJwt, decodeProtectedHeader, importJWK, type JWTPayload, SignJWT } from "jose";
import type { Stage } from "./attack_stage.ts";

export interface Forgery {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, string>>;
}

/** The good token again, with these claims and header members changed; undefined leaves one out. */
export async function forgeAccessToken(stage: Stage, good: string, forgery: Forgery): Promise<string> {
  const keys = await stage.rows<{ kid: string; sealed: string }>(
    "select kid, sealed_private_key as sealed from oauth.signing_keys",
  );
  const { kid } = decodeProtectedHeader(good);
  const row = keys.find((key) => key.kid === kid);
  if (row === undefined) throw new Error("the server did not sign the good token");
  const place = { table: "oauth.signing_keys", column: "sealed_private_key", row: row.kid };
  const key = await importJWK(JSON.parse(await stage.database.keyRing.open(row.sealed, place)), "ES256");
  const claims = { ...decodeJwt(good), ...forgery.claims };
  const left = Object.entries(claims).filter(([, value]) => value !== undefined);
  return await new SignJWT(Object.fromEntries(left) as JWTPayload)
    .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: row.kid, ...forgery.header })
    .sign(key);
}
