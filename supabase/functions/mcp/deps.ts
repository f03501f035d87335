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
  readonly log: Log;
  now(): Date;
  random(length: number): Bytes;
}

export interface McpStore {
  /** Public keys of the authorization server (RFC 7517). */
  listVerificationKeys(): Promise<readonly JWK[]>;
  /** Whether a token that verified was neither revoked nor expired meanwhile. May be up to ten seconds old. */
  accessTokenIsLive(jti: string, resource: string): Promise<boolean>;
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
