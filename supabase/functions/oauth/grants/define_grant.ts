/**
 * What a grant is (RFC 6749 §4): how a client asks for tokens. The token endpoint, metadata and registration are
 * computed from the list in `index.ts`; a new grant is one file and one line there.
 */
import type { AuthenticatedClient, Deps } from "../deps.ts";
import type { TokenResponse } from "../tokens/issue.ts";

export interface Grant {
  /** Value of `grant_type`. */
  readonly type: string;
  /** Parameters this grant reads. Every other one is ignored (RFC 6749 §3.2). */
  readonly parameters: readonly string[];
  /** Whether a client without credentials may use it. */
  readonly publicClients: boolean;
  /** Whether a client may give it to itself, by registering or by its document; otherwise only the operator gives it. */
  readonly selfRegistered: boolean;
  /**
   * Exchanges what the client presents for tokens.
   *
   * @param parameters Those of `parameters` that were sent, each once, never empty.
   * @throws OAuthError for every refusal; a refused request has consumed nothing.
   */
  exchange(
    parameters: ReadonlyMap<string, string>,
    client: AuthenticatedClient,
    deps: Deps,
  ): Promise<TokenResponse>;
}

/** Declares a grant: checks its shape at compile time, nothing else. */
export function defineGrant(grant: Grant): Grant {
  return grant;
}
