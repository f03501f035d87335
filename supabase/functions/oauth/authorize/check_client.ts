/** `client_id` (RFC 6749 §4.1.1): present once and known. */
import { OAuthError } from "../../_shared/oauth_error.ts";
import { findClientToAuthorize } from "../clients/find_client.ts";
import type { Check } from "./attempt.ts";

export const checkClient: Check = async (attempt, deps) => {
  const id = attempt.parameters.get("client_id");
  const client = id === undefined || id.length > 500 || id.includes("\0")
    ? null
    : await findClientToAuthorize(id, deps);
  if (client === null) {
    throw new OAuthError(
      "invalid_client",
      "The app that sent you here is not known to this server.",
      "client_unknown",
    );
  }
  attempt.client = client;
};
