/** What the MCP server needs from outside: types only. */
import type { JWK } from "jose";
import type { Bytes } from "../_shared/encoding.ts";
import type { Log } from "../_shared/http/request_log.ts";
import type { PublicUrls } from "../_shared/public_urls.ts";

export interface Deps {
  readonly urls: PublicUrls;
  /** Origins whose pages may call this server. */
  readonly allowedOrigins: readonly string[];
  readonly store: McpStore;
  readonly leases: CallLeases;
  /** Whether an API key is also taken from the query, where logs and proxies see it. */
  readonly apiKeyInQuery: boolean;
  readonly log: Log;
  now(): Date;
  random(length: number): Bytes;
}

export interface McpStore {
  /** One answer about a credential: whether it is alive, how many calls it may make, and which keys are in use. */
  leaseCalls(request: LeaseRequest): Promise<LeaseOutcome>;
  /**
   * Runs a tool's statement as the person whose access this is: in a transaction of its own, as `sekisho_person`,
   * with the claims of the credential's row, under row policies that check person and scope.
   *
   * @throws OAuthError `invalid_token` when the credential is dead by now.
   */
  queryAsPerson<Row extends object>(
    access: Access,
    text: string,
    values: readonly unknown[],
  ): Promise<Row[]>;
}

/** What a caller showed, as the database knows it: neither can be used by whoever reads it. */
export type Credential =
  | { readonly kind: "access_token"; readonly jti: string }
  | { readonly kind: "api_key"; readonly keyHash: Bytes };

/** Whose an API key is, and what it allows. An access token says so itself. */
export interface KeyHolder {
  /** Stands where the id of a client stands elsewhere. */
  readonly keyId: string;
  readonly personId: string;
  readonly scope: readonly string[];
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

export interface LeaseRequest {
  readonly credential: Credential;
  readonly resource: string;
  /** 0 for no limit. */
  readonly callsPerHour: number;
  readonly wanted: number;
  /** What is left of the last lease, and the minute that it was counted in. */
  readonly returned: number;
  readonly returnedMinute: number;
}

export type LeaseOutcome =
  | { outcome: "dead"; keys: readonly JWK[] }
  | { outcome: "leased"; leased: number; minute: number; keys: readonly JWK[]; holder: KeyHolder | null }
  | { outcome: "limited"; retryAfterSeconds: number; keys: readonly JWK[] };

/** What is known of credentials without asking: never older than ten seconds. */
export interface CallLeases {
  /**
   * Public keys of the authorization server (RFC 7517).
   *
   * @param jti Of the token that is to be verified: if the keys must be asked for, its lease comes with them. Not yet
   * believed.
   * @throws OAuthError `invalid_token` when they were asked for and this token is dead.
   */
  verificationKeys(jti: string, resource: string): Promise<readonly JWK[]>;
  /**
   * Makes one call with an API key, or with a token that verified. Answers who holds the key.
   *
   * @throws OAuthError `invalid_token` when it is dead, `too_many_requests` when its person has no call left.
   */
  spend(credential: Credential, resource: string): Promise<KeyHolder | null>;
  /** Asks again at the next call: something about this credential was found wrong. */
  forget(credential: Credential): void;
}

/** Who calls, with what: a credential that was checked. */
export interface Access {
  readonly credential: Credential;
  readonly resource: string;
  /** Of an API key its id. */
  readonly clientId: string;
  /** Null for a client in its own name (RFC 6749 §4.4). */
  readonly personId: string | null;
  readonly scope: readonly string[];
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}
