/** Bodies of requests: bounded before anything is parsed, UTF-8 or refused. */
import { OAuthError } from "../oauth_error.ts";

/**
 * A JSON body.
 *
 * @throws OAuthError `unsupported_media_type`, `payload_too_large`, or `invalid_request` when it is not JSON.
 */
export async function readJson(request: Request, mostBytes: number): Promise<unknown> {
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
  const text = await readText(request, mostBytes);
  try {
    return JSON.parse(text);
  } catch {
    throw new OAuthError("invalid_request", "The body is not JSON.", "body_not_json");
  }
}

/**
 * The text of a body: read until the bound, whatever Content-Length says.
 *
 * @throws OAuthError `payload_too_large`, or `invalid_request` when it breaks off or is no UTF-8.
 */
export async function readText(request: Request, mostBytes: number): Promise<string> {
  const tooLarge = () =>
    new OAuthError("payload_too_large", "The request body is too large.", "body_too_large");
  if (Number(request.headers.get("Content-Length") ?? 0) > mostBytes) throw tooLarge();
  if (request.body === null) return "";
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let length = 0;
  try {
    for await (const chunk of request.body) {
      length += chunk.byteLength;
      if (length > mostBytes) throw tooLarge();
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
