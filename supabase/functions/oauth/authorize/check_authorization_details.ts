/** `authorization_details` (RFC 9396 §5): no type exists at any resource yet, and an unknown type must be refused. */
import { OAuthError } from "../../_shared/oauth_error.ts";
import type { Check } from "./attempt.ts";

export const checkAuthorizationDetails: Check = (attempt) => {
  if (attempt.parameters.has("authorization_details")) {
    throw new OAuthError(
      "invalid_authorization_details",
      "No authorization details of this type exist at this resource.",
      "authorization_details_unknown",
    );
  }
};
