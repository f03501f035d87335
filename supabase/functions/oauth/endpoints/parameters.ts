/**
 * Parameters of a request, each at most once (RFC 6749 §3.1, §3.2). Sizes are bounded before anything is parsed.
 */
import { invalidTarget } from "../tokens/resource.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";

const MOST_BODY_BYTES = 32 * 1024;

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

/** Whether a text can be stored and shown: NUL reaches no Postgres text, other controls no log. */
export function isPlainText(value: string): boolean {
  return !/\p{Cc}/u.test(value);
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

/**
 * A JSON body.
 *
 * @throws OAuthError `unsupported_media_type`, `payload_too_large`, or `invalid_request` when it is not JSON.
 */
export async function readJson(request: Request): Promise<unknown> {
  if (
    !/^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(
      request.headers.get("Content-Type") ?? "",
    )
  ) {
    throw new OAuthError(
      "unsupported_media_type",
      "The body must be application/json in UTF-8.",
      "content_type",
    );
  }
  const text = await readText(request, MOST_BODY_BYTES);
  try {
    return JSON.parse(text);
  } catch {
    throw new OAuthError("invalid_request", "The body is not JSON.", "body_not_json");
  }
}

/** Reads until the bound, whatever Content-Length says. */
async function readText(request: Request, most: number): Promise<string> {
  const tooLarge = () =>
    new OAuthError("payload_too_large", "The request body is too large.", "body_too_large");
  if (Number(request.headers.get("Content-Length") ?? 0) > most) throw tooLarge();
  if (request.body === null) return "";
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let length = 0;
  try {
    for await (const chunk of request.body) {
      length += chunk.byteLength;
      if (length > most) throw tooLarge();
      text += decoder.decode(chunk, { stream: true });
    }
    return text + decoder.decode();
  } catch (error) {
    if (error instanceof OAuthError) throw error;
    throw new OAuthError(
      "invalid_request",
      "The request body could not be read as UTF-8.",
      "body_unreadable",
    );
  }
}
