/** A client's key pair and what it signs: good assertions, and each with what is wrong about it (RFC 7523 §3). */
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { ASSERTION_TYPE } from "../clients/client_assertion.ts";

export interface ClientKey {
  /** The public half, as the client publishes it. */
  readonly jwk: JWK;
  /** The form parameters of an assertion of this client; `claims` and `header` replace what would be right. */
  present(
    clientId: string,
    audience: string,
    changes?: { claims?: Record<string, unknown>; header?: Record<string, unknown>; now?: Date },
  ): Promise<{ client_assertion_type: string; client_assertion: string }>;
}

/** A new key pair of this algorithm. */
export async function newClientKey(algorithm = "ES256", kid = "1"): Promise<ClientKey> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return {
    jwk: { ...await exportJWK(publicKey), kid, alg: algorithm, use: "sig" },
    async present(clientId, audience, { claims = {}, header = {}, now = new Date() } = {}) {
      const seconds = Math.floor(now.getTime() / 1000);
      const right = { iss: clientId, sub: clientId, aud: audience, jti: crypto.randomUUID() };
      const said = Object.entries({ ...right, iat: seconds, exp: seconds + 60, ...claims });
      const assertion = await new SignJWT(Object.fromEntries(said.filter(([, value]) => value !== undefined)))
        .setProtectedHeader({ alg: algorithm, kid, ...header })
        .sign(privateKey);
      return { client_assertion_type: ASSERTION_TYPE, client_assertion: assertion };
    },
  };
}
