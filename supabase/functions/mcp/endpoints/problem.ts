/**
 * Refusals of the plain HTTP face as problem details (RFC 9457): `type` is absent, so `title` says no more than the status
 * does; `error` is the code of RFC 6750 and of ours, and `detail` a fixed sentence. Never a part of the input.
 */
import { retryAfter, SAFE_HEADERS } from "../../_shared/http/respond.ts";
import type { OAuthError } from "../../_shared/oauth_error.ts";
import { challenge } from "../access.ts";
import type { Deps } from "../deps.ts";
import { DEFAULT_SCOPE } from "../protocol/scopes.ts";

/** Of every status that this face answers with. */
export const TITLES = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
} as const;

export type ProblemStatus = keyof typeof TITLES;

/** What of the input is wrong: a JSON pointer (RFC 6901) into the body. */
export interface WrongInput {
  readonly pointer: string;
}

/** A problem. Later headers win over the safe ones. */
export function problem(
  status: ProblemStatus,
  error: string,
  detail: string,
  more: { readonly errors?: readonly WrongInput[]; readonly headers?: Readonly<Record<string, string>> } = {},
): Response {
  const { headers = {}, ...members } = more;
  const body = { title: TITLES[status], status, error, detail, ...members };
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...SAFE_HEADERS, "Content-Type": "application/problem+json", ...headers },
  });
}

/**
 * A refusal as a problem, with the challenge that tells how to get a token, or a better one (RFC 6750 §3).
 *
 * @param detail What the caller reads, if it is not the error's description.
 * @param scope What to ask for.
 */
export function problemOf(
  error: OAuthError,
  { urls }: Pick<Deps, "urls">,
  detail: string = error.description,
  scope: readonly string[] = DEFAULT_SCOPE,
): Response {
  const { code, status } = error;
  const challenged = code === "invalid_token" || code === "insufficient_scope";
  return problem(status in TITLES ? status as ProblemStatus : 500, code, detail, {
    headers: {
      ...retryAfter(error),
      ...(challenged ? { "WWW-Authenticate": challenge(error, urls.resourceMetadata, scope) } : {}),
    },
  });
}
