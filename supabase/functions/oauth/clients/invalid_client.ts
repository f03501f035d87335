/** The refusal of a client at the token endpoint (RFC 6749 §5.2). */
import { OAuthError } from "../../_shared/oauth_error.ts";

/** One text for every cause: an unknown client and a wrong proof cannot be told apart. */
export function invalidClient(reason: string): OAuthError {
  return new OAuthError("invalid_client", "The client is unknown or could not be authenticated.", reason);
}
