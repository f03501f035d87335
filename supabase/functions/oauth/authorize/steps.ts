/**
 * Every check of an authorization request, in order: the table to read when asking what authorize refuses and how.
 *
 * `page`: before the redirect URI is proved to be the client's, a refusal is a local page and never a Location.
 * `redirect`: afterwards it carries `error`, `state` and `iss` to the client (RFC 6749 §4.1.2.1).
 *
 * What passed is recorded; what recording itself refuses is the second, smaller table.
 */
import { checkAuthorizationDetails } from "./check_authorization_details.ts";
import { checkClient } from "./check_client.ts";
import { checkParameters } from "./check_parameters.ts";
import { checkPkce } from "./check_pkce.ts";
import { checkPrompt } from "./check_prompt.ts";
import { checkRedirectUri } from "./check_redirect_uri.ts";
import { checkResource } from "./check_resource.ts";
import { checkResponseType } from "./check_response_type.ts";
import { checkScope } from "./check_scope.ts";
import type { CreateAuthorizationRequestOutcome } from "../deps.ts";
import type { Check } from "./attempt.ts";

export type Refusal = "page" | "redirect";

export const STEPS: readonly { readonly check: Check; readonly refusal: Refusal }[] = [
  { check: checkClient, refusal: "page" }, //               client_id once, known, not blocked
  { check: checkRedirectUri, refusal: "page" }, //          redirect_uri once, registered
  { check: checkParameters, refusal: "redirect" }, //       nothing repeated, nothing unprintable, sizes
  { check: checkResponseType, refusal: "redirect" }, //     code, by query; no request objects
  { check: checkPkce, refusal: "redirect" }, //             S256, always
  { check: checkResource, refusal: "redirect" }, //         one that exists, or the default
  { check: checkScope, refusal: "redirect" }, //            well formed, within bounds
  { check: checkAuthorizationDetails, refusal: "redirect" }, // of types that the resource has, each once
  { check: checkPrompt, refusal: "redirect" }, //           none cannot be honoured
];

/** Refusals of `oauth.create_authorization_request`: it reads what the checks above may remember, and expands the scope. */
export const RECORDING = {
  client_changed: "page", //      blocked, gone, or without this redirect URI since it was remembered
  resource_unknown: "page", //    gone since it was remembered
  scope_unknown: "redirect", //   nothing that was asked for exists there
} as const satisfies Record<
  // A limit says nothing about the request: it is always a page.
  Exclude<CreateAuthorizationRequestOutcome["outcome"], "created" | "limited">,
  Refusal
>;
