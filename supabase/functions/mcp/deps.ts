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
  readonly log: Log;
  now(): Date;
  random(length: number): Bytes;
}

export interface McpStore {
  /** One answer about a token: whether it is alive, how many calls it may make, and which keys are in use. */
  leaseCalls(request: LeaseRequest): Promise<LeaseOutcome>;
  /**
   * Runs a tool's statement as the person who granted this token: in a transaction of its own, as `sekisho_person`,
   * with the claims of the token's row, under row policies that check person and scope.
   *
   * @throws OAuthError `invalid_token` when the token is dead by now.
   */
  queryAsPerson<Row extends object>(
    access: Access,
    text: string,
    values: readonly unknown[],
  ): Promise<Row[]>;
}

export interface LeaseRequest {
  readonly jti: string;
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
  | { outcome: "leased"; leased: number; minute: number; keys: readonly JWK[] }
  | { outcome: "limited"; retryAfterSeconds: number; keys: readonly JWK[] };

/** What is known of tokens without asking: never older than ten seconds. */
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
   * Makes one call of a token that verified.
   *
   * @throws OAuthError `invalid_token` when it is dead, `too_many_requests` when its person has no call left.
   */
  spend(jti: string, resource: string): Promise<void>;
  /** Asks again at the next call: something about this token was found wrong. */
  forget(jti: string): void;
}

/** Who calls, with what: an access token that was checked. */
export interface Access {
  readonly jti: string;
  readonly resource: string;
  readonly clientId: string;
  /** Null for a client in its own name (RFC 6749 §4.4). */
  readonly personId: string | null;
  readonly scope: readonly string[];
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}
