/**
 * The one error of every function: what the world is told, and what only we are told.
 *
 * RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1, RFC 7591 §3.2.2, RFC 8707 §2, RFC 9396 §5. `code` and `description`
 * are public and fixed texts: never a part of the input, never a validator's words.
 */

/** Public error codes with the HTTP status that each is answered with. */
const STATUS = {
  access_denied: 403,
  already_decided: 409,
  insufficient_scope: 403,
  interaction_required: 400,
  invalid_authorization_details: 400,
  invalid_client: 401,
  invalid_client_metadata: 400,
  invalid_grant: 400,
  invalid_redirect_uri: 400,
  invalid_request: 400,
  invalid_scope: 400,
  invalid_target: 400,
  invalid_token: 401,
  key_limit_reached: 409,
  login_required: 401,
  method_not_allowed: 405,
  not_found: 404,
  origin_not_allowed: 403,
  payload_too_large: 413,
  request_expired: 410,
  request_not_supported: 400,
  request_uri_not_supported: 400,
  second_factor_required: 403,
  server_error: 500,
  temporarily_unavailable: 503,
  too_many_requests: 429,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  unsupported_media_type: 415,
  unsupported_response_type: 400,
  wrong_browser: 400,
} as const;

export type OAuthErrorCode = keyof typeof STATUS;

/**
 * A refusal. Thrown at any depth, caught once in the app's `onError`, rendered there as JSON, as a redirect or as a
 * Bearer challenge.
 */
export class OAuthError extends Error {
  override readonly name = "OAuthError";
  /** When to try again, if that is known. */
  readonly retryAfterSeconds: number | undefined;
  /** Whether a grant is over for good: an answer that its holder must get, however often it is asked for. */
  readonly deadGrant: boolean;

  /**
   * @param code Public error code; decides the HTTP status.
   * @param description Public and fixed: what to do about it, in one sentence.
   * @param reason Private: for logs, metrics and tests. No input, no secret.
   */
  constructor(
    readonly code: OAuthErrorCode,
    readonly description: string,
    readonly reason: string,
    options: { cause?: unknown; retryAfterSeconds?: number; deadGrant?: boolean } = {},
  ) {
    super(`${code}: ${reason}`, "cause" in options ? { cause: options.cause } : {});
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.deadGrant = options.deadGrant ?? false;
  }

  /** HTTP status of this code. */
  get status(): (typeof STATUS)[OAuthErrorCode] {
    return STATUS[this.code];
  }
}

/** Body of a refusal: RFC 6749 §5.2. */
export function errorBody(error: OAuthError): { error: OAuthErrorCode; error_description: string } {
  return { error: error.code, error_description: error.description };
}

/**
 * Any thrown value as an `OAuthError`: what nobody foresaw becomes `server_error`, with the value kept as the cause for
 * the log and nothing of it for the world.
 */
export function toOAuthError(thrown: unknown): OAuthError {
  if (thrown instanceof OAuthError) return thrown;
  return new OAuthError("server_error", "The server met an unexpected condition.", "unexpected", {
    cause: thrown,
  });
}
