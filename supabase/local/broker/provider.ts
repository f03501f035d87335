/**
 * What the broker needs of a provider, whoever it is: where a person is sent, and who the provider says came back.
 */

/** The two ends of one trip to a provider. Nothing of it is kept on this side but in the browser's cookie. */
export interface Trip {
  readonly state: string;
  readonly nonce: string;
  /** PKCE verifier towards the provider (RFC 7636), another one than the page's. */
  readonly verifier: string;
}

/** Who a provider says somebody is. */
export interface Profile {
  readonly issuer: string;
  /** The provider's own name for this person: the only one that an account is found by. */
  readonly subject: string;
  /** Null unless the provider says that it is verified: any other one could be anybody's (nOAuth). */
  readonly email: string | null;
  readonly name: string | null;
  readonly picture: string | null;
}

export interface Provider {
  /** As the pages ask for it, and as `auth.identities.provider` holds it. */
  readonly name: "google" | "custom:line";
  /** Whether somebody without a verified e-mail address may come in: Supabase's `email_optional`. */
  readonly emailOptional: boolean;
  authorizationUrl(trip: Trip, callbackUrl: string): Promise<URL>;
  /**
   * Redeems what the provider sent to the callback, and asks who it is.
   *
   * @throws when anything does not fit: state, iss, nonce, PKCE, signature, audience, subject.
   */
  profile(callback: URL, trip: Trip): Promise<Profile>;
}

/** What the operator was given by a provider. */
export interface ProviderCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** How long a provider may take to answer one request. */
export const PROVIDER_TIMEOUT_SECONDS = 10;

/** A claim that is a text with something in it, cut to a length that a page can show; else null. */
export function textClaim(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? value.slice(0, 2048) : null;
}
