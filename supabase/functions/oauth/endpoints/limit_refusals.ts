/**
 * Refusals of clients are counted, by client and address, and become 429 when there were enough in this hour: whoever
 * asks wrongly is told to wait and stands in nobody's way who asks rightly (ADR 0021). That a grant is over is always said.
 */
import { type OAuthError, toOAuthError } from "../../_shared/oauth_error.ts";
import { presentedClientId } from "../clients/authenticate_client.ts";
import type { Deps } from "../deps.ts";
import { tooManyRequests } from "../tokens/too_many_requests.ts";

/** What a request of a client says of itself. */
interface ClientRequest {
  /** Its grant type or endpoint: one of a known few. */
  readonly kind: string;
  readonly authorization: string | undefined;
  readonly form: ReadonlyMap<string, string>;
  readonly address: string;
}

/**
 * Answers the request, or throws why not.
 *
 * @throws OAuthError that of the answer, or `too_many_requests` instead of it.
 */
export async function limitRefusals(
  request: ClientRequest,
  deps: Pick<Deps, "settings" | "store">,
  answer: () => Promise<Response>,
): Promise<Response> {
  try {
    return await answer();
  } catch (thrown) {
    const error = toOAuthError(thrown);
    throw counts(error) ? await counted(error, request, deps) : error;
  }
}

/** What is our fault, said already, or must be said in any case is not counted. */
function counts({ status, code, deadGrant }: OAuthError): boolean {
  return status < 500 && code !== "too_many_requests" && !deadGrant;
}

async function counted(
  error: OAuthError,
  { kind, authorization, form, address }: ClientRequest,
  { settings, store }: Pick<Deps, "settings" | "store">,
): Promise<OAuthError> {
  const perHour = settings.tokenRequestsPerHour;
  if (perHour === 0) return error;
  const clientId = presentedClientId(authorization, form);
  const outcome = await store.leaseRefusal({ kind, clientId, address, perHour });
  return outcome.outcome === "limited"
    ? tooManyRequests(outcome, `refusals_limited: ${error.reason}`)
    : error;
}
