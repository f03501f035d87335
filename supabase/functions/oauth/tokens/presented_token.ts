/**
 * The `token` parameter of revocation and introspection (RFC 7009 §2.1, RFC 7662 §2.1): which of our tokens this could
 * be. The hint that clients may send is not needed: ours cannot be mistaken for each other.
 */
import { verifyAccessToken } from "../../_shared/access_token.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";
import type { Deps, PresentedToken } from "../deps.ts";
import { hashPresented } from "./secrets.ts";

const MOST_CHARACTERS = 4096;

/**
 * What was presented, or null when it cannot be a token of ours: then nothing needs to be asked about it.
 *
 * @throws OAuthError `invalid_request` when nothing was.
 */
export async function presentedToken(
  parameters: ReadonlyMap<string, string>,
  deps: Pick<Deps, "urls" | "signer" | "now">,
): Promise<PresentedToken | null> {
  const token = parameters.get("token");
  if (token === undefined) {
    throw new OAuthError("invalid_request", "The token parameter is missing.", "token_missing");
  }
  if (token.length > MOST_CHARACTERS) return null;
  if (!token.includes(".")) {
    const tokenHash = await hashPresented(token);
    return tokenHash === null ? null : { kind: "refresh_token", tokenHash };
  }
  const keys = { keys: [...await deps.signer.publicKeys()] };
  try {
    // Of any resource: whose business it is, the database decides.
    const { jti } = await verifyAccessToken(token, {
      issuer: deps.urls.issuer,
      resource: null,
      keys,
      now: deps.now(),
    });
    return { kind: "access_token", jti };
  } catch (error) {
    if (error instanceof OAuthError && error.code === "invalid_token") return null;
    throw error;
  }
}
