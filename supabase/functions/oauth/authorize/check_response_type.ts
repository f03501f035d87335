/** `response_type`, `response_mode` and request objects (RFC 6749 §3.1.1, RFC 9101 §5): the code by query, nothing else. */
import { OAuthError } from "../../_shared/oauth_error.ts";
import { type Check, established } from "./attempt.ts";

export const checkResponseType: Check = (attempt) => {
  const { parameters } = attempt;
  const type = parameters.get("response_type");
  if (type === undefined) {
    throw new OAuthError(
      "invalid_request",
      "The response_type parameter is missing.",
      "response_type_missing",
    );
  }
  if (type !== "code") {
    throw new OAuthError(
      "unsupported_response_type",
      "Only response_type=code exists here.",
      "response_type",
    );
  }
  if ((parameters.get("response_mode") ?? "query") !== "query") {
    throw new OAuthError("invalid_request", "Only response_mode=query exists here.", "response_mode");
  }
  for (const parameter of ["request", "request_uri"] as const) {
    if (!parameters.has(parameter)) continue;
    throw new OAuthError(
      `${parameter}_not_supported`,
      "Request objects are not supported.",
      "request_object",
    );
  }
  if (!established(attempt.client).grantTypes.includes("authorization_code")) {
    throw new OAuthError(
      "unauthorized_client",
      "The client may not use this grant type.",
      "grant_type_not_allowed",
    );
  }
};
