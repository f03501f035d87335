/**
 * API keys as a caller presents them: `X-API-Key`, for callers that cannot do OAuth. From the query only where the
 * operator lets them be, since a URL is what logs and proxies keep.
 */
import { type Bytes, sha256 } from "../../_shared/encoding.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";

const HEADER = "X-API-Key";
const PARAMETER = "api-key";
/** As `POST /api/keys` makes them: a prefix that secret scanners know, and 256 bits. */
const SHAPE = /^sekisho_[A-Za-z0-9_-]{43}$/;

/**
 * The hash of the key that came with this request, or null when none came.
 *
 * @throws OAuthError `invalid_request` when two came, or one beside a token; `invalid_token` for what cannot be a key.
 */
export async function presentedApiKey(request: Request, inQuery: boolean): Promise<Bytes | null> {
  const header = request.headers.get(HEADER);
  const query = inQuery ? new URL(request.url).searchParams.getAll(PARAMETER) : [];
  const presented = header === null ? query : [header, ...query];
  const [key] = presented;
  if (key === undefined) return null;
  if (presented.length > 1 || request.headers.has("Authorization")) {
    throw new OAuthError("invalid_request", "Present one API key or one access token.", "two_credentials");
  }
  // Two headers of one name arrive as one value with a comma, which no key has.
  if (!SHAPE.test(key)) {
    throw new OAuthError("invalid_token", "The API key is not valid.", "api_key_malformed");
  }
  return await sha256(key);
}
