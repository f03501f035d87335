/** The grants that exist, in the order in which metadata lists them: the only list of them. */
import { authorizationCode } from "./authorization_code.ts";
import { clientCredentials } from "./client_credentials.ts";
import type { Grant } from "./define_grant.ts";
import { refreshToken } from "./refresh_token.ts";

export const GRANTS: readonly Grant[] = [authorizationCode, refreshToken, clientCredentials];

/** Those that a client may give itself, by registering or by its document. */
export const SELF_REGISTERED_GRANTS: readonly string[] = GRANTS
  .filter((grant) => grant.selfRegistered)
  .map((grant) => grant.type);
