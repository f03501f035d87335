/**
 * Parameters of a request, each at most once (RFC 6749 §3.1, §3.2). Sizes are bounded before anything is parsed.
 */
import { readText } from "../../_shared/http/read_body.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";
import { isPlainText } from "../../_shared/plain_text.ts";
import { invalidTarget } from "../tokens/resource.ts";

/** What a form or a JSON body of this function may hold. */
export const MOST_BODY_BYTES = 32 * 1024;

export interface Parameters {
  /** Those that were sent once and not empty: an empty parameter counts as omitted (RFC 6749 §3.1). */
  readonly values: ReadonlyMap<string, string>;
  /** Names that were sent more than once: pollution, never a list. */
  readonly duplicates: ReadonlySet<string>;
}

/** The parameters of a form-encoded text. */
export function parseParameters(encoded: string): Parameters {
  const values = new Map<string, string>();
  const seen = new Set<string>();
  const duplicates = new Set<string>();
  for (const [name, value] of new URLSearchParams(encoded)) {
    if (seen.has(name)) duplicates.add(name);
    seen.add(name);
    if (value !== "") values.set(name, value);
  }
  for (const name of duplicates) values.delete(name);
  return { values, duplicates };
}

/**
 * The parameters of a form body.
 *
 * @throws OAuthError `unsupported_media_type`, `payload_too_large`, or `invalid_request` for parameters in the query or
 * sent twice.
 */
export async function readForm(request: Request): Promise<ReadonlyMap<string, string>> {
  const type = request.headers.get("Content-Type") ?? "";
  if (!/^application\/x-www-form-urlencoded\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(type)) {
    throw new OAuthError(
      "unsupported_media_type",
      "The body must be application/x-www-form-urlencoded in UTF-8.",
      "content_type",
    );
  }
  if (request.url.includes("?")) {
    throw new OAuthError("invalid_request", "Parameters belong in the body.", "query_parameters");
  }
  const { values, duplicates } = parseParameters(await readText(request, MOST_BODY_BYTES));
  if (duplicates.has("resource")) throw invalidTarget("resource_repeated");
  if (duplicates.size > 0) {
    throw new OAuthError("invalid_request", "A parameter was sent more than once.", "parameter_repeated");
  }
  if (![...values.values()].every(isPlainText)) {
    throw new OAuthError("invalid_request", "A parameter holds control characters.", "parameter_not_plain");
  }
  return values;
}
