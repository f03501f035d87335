/** `GET /oauth/jwks`: the public keys that access tokens are verified with (RFC 7517 §5). */
import { json } from "../../_shared/http/respond.ts";
import type { Deps } from "../deps.ts";

/** Answers the key set. Short-lived in caches, so that a new key is seen before it signs. */
export async function jwks(deps: Deps): Promise<Response> {
  return json({ keys: await deps.signer.publicKeys() }, 200, {
    "Content-Type": "application/jwk-set+json",
    "Cache-Control": "public, max-age=60",
    Pragma: "",
  });
}
