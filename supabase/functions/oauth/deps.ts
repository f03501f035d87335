/**
 * What the authorization server needs from outside: types only. What is remembered, and how it is asked for, is in
 * `store/operations.ts`.
 */
import type { JWK } from "jose";
import type { AuthorizationDetail } from "../_shared/contract/interaction.ts";
import type { Bytes } from "../_shared/encoding.ts";
import type { AddressSource } from "../_shared/http/client_address.ts";
import type { Log } from "../_shared/http/request_log.ts";
import type { People } from "../_shared/people.ts";
import type { PublicUrls } from "../_shared/public_urls.ts";
import type { OAuthStore } from "./store/operations.ts";

export type * from "../_shared/people.ts";
export type * from "../_shared/request_origin.ts";
export type * from "./store/client_operations.ts";
export type * from "./store/key_operations.ts";
export type * from "./store/limit_operations.ts";
export type * from "./store/operations.ts";
export type * from "./store/owner_operations.ts";
export type * from "./store/request_operations.ts";
export type * from "./store/token_operations.ts";

export interface Deps {
  readonly settings: OAuthSettings;
  /** Grants that a client may give itself: from the registry, which the layers below the endpoints do not see. */
  readonly selfRegisteredGrants: readonly string[];
  readonly urls: PublicUrls;
  readonly store: OAuthStore;
  readonly people: People;
  readonly documents: ClientDocuments;
  readonly signer: Signer;
  readonly log: Log;
  /** The time, for answers that no database call gives one. Rules use the database's clock. */
  now(): Date;
  /** Cryptographically random bytes. */
  random(length: number): Bytes;
}

export interface OAuthSettings {
  readonly publicUrl: string;
  readonly webUrl: string;
  readonly registration: "open" | "token" | "off";
  /** Hosts whose clients' documents the operator trusts. */
  readonly trustedClientHosts: readonly string[];
  readonly accessTokenSeconds: number;
  readonly refreshTokenSeconds: number;
  readonly refreshReplaySeconds: number;
  readonly codeReplaySeconds: number;
  /** From one address, which no flow has completed; 0 for no limit. */
  readonly registrationsPerHour: number;
  /** Of each subject (ADR 0021); 0 for no limit. */
  readonly tokenRequestsPerHour: number;
  readonly addressSource: AddressSource;
}

/** What clients publish, somewhere on the internet: documents that describe them, and their keys. */
export interface ClientDocuments {
  /** Fetches one. The reason of a failure is for the log. */
  fetch(url: string, kind: "client" | "keys"): Promise<
    | { outcome: "fetched"; document: unknown; freshSeconds: number }
    | { outcome: "failed"; reason: string }
  >;
}

/** Signs access tokens with the key that the database names and publishes the public parts. */
export interface Signer {
  /**
   * Opens the keys that may sign. Asked for before anything is consumed: a server that cannot sign must not spend a code
   * or rotate a token.
   */
  ready(): Promise<void>;
  /** The compact JWT (RFC 9068 §2). */
  sign(claims: AccessTokenInput): Promise<string>;
  /** Public JWKs of the published keys, the one that signs first (RFC 7517 §5). */
  publicKeys(): Promise<readonly JWK[]>;
}

export interface AccessTokenInput {
  readonly subject: string;
  readonly audience: string;
  readonly clientId: string;
  readonly scope: readonly string[];
  /** Claim of RFC 9396 §9.1, where there are any. */
  readonly authorizationDetails: readonly AuthorizationDetail[];
  readonly jti: string;
  readonly issuedAt: number;
  readonly kid: string;
  readonly lifetimeSeconds: number;
}
