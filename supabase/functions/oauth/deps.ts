/**
 * What the authorization server needs from outside: types only. The store's operations answer tagged outcomes; every
 * rule behind them is one SQL function (the memory store of the tests keeps to the same contract).
 */
import type { JWK } from "jose";
import type { Bytes } from "../_shared/encoding.ts";
import type { Log } from "../_shared/http/request_log.ts";
import type { PublicUrls } from "../_shared/public_urls.ts";
import type { LocalizedText } from "../_shared/contract/interaction.ts";

export interface Deps {
  readonly settings: OAuthSettings;
  readonly urls: PublicUrls;
  readonly store: OAuthStore;
  readonly people: People;
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
  readonly registration: "open" | "off";
  readonly accessTokenSeconds: number;
  readonly refreshTokenSeconds: number;
  readonly refreshReplaySeconds: number;
  readonly codeReplaySeconds: number;
}

/** How a client proves who it is at the token endpoint (RFC 7591 §2). */
export type TokenEndpointAuthMethod = "none" | "client_secret_basic" | "client_secret_post";

export interface Client {
  readonly id: string;
  readonly verified: boolean;
  readonly name: string;
  readonly uri: string | null;
  readonly tokenEndpointAuthMethod: TokenEndpointAuthMethod;
  readonly secretHash: Bytes | null;
  readonly redirectUris: readonly string[];
  readonly grantTypes: readonly string[];
}

/** A client that proved who it is, and with which secret: the database checks that both still hold. */
export interface AuthenticatedClient {
  readonly client: Client;
  readonly secretHash: Bytes | null;
}

export interface NewClient extends Omit<Client, "verified"> {
  readonly applicationType: "web" | "native";
  readonly responseTypes: readonly string[];
  readonly scope: string | null;
}

export interface ResourceScope {
  readonly name: string;
  readonly description: LocalizedText;
  readonly tools: readonly string[];
}

/** A protected resource (RFC 8707) and what can be granted there. */
export interface Resource {
  readonly identifier: string;
  readonly name: string;
  readonly scopes: readonly ResourceScope[];
  readonly defaultScope: readonly string[];
  readonly isDefault: boolean;
}

export interface NewAuthorizationRequest {
  readonly idHash: Bytes;
  readonly browserHash: Bytes;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly registeredRedirectUri: string;
  readonly resource: string;
  readonly scope: readonly string[];
  readonly state: string | null;
  readonly codeChallenge: string;
  readonly lifetimeSeconds: number;
}

export type CreateAuthorizationRequestOutcome = {
  outcome: "created" | "client_changed" | "resource_unknown";
};

/** Why a request cannot be shown or decided. */
export type RequestRefusal = "not_found" | "already_decided" | "expired" | "person_inactive";

export type FindAuthorizationRequestOutcome = { outcome: RequestRefusal } | {
  outcome: "found";
  client: { id: string; name: string; uri: string | null; verified: boolean };
  redirectUri: string;
  resource: string;
  scope: readonly string[];
  resourceScopes: readonly ResourceScope[];
  earlierScope: readonly string[];
};

export interface Decision {
  readonly idHash: Bytes;
  readonly personId: string;
  readonly decision: "approve" | "deny";
  readonly scope: readonly string[];
  readonly continueSecretHash: Bytes;
}

export type DecideAuthorizationRequestOutcome = {
  outcome: "decided" | RequestRefusal | "scope_empty" | "scope_not_requested";
};

export interface Continuation {
  readonly continueSecretHash: Bytes;
  /** Null when the browser carries no cookie. */
  readonly browserHash: Bytes | null;
  readonly codeHash: Bytes;
  readonly codeLifetimeSeconds: number;
}

export type ContinueAuthorizationRequestOutcome =
  | { outcome: "approved" | "denied"; redirectUri: string; state: string | null }
  | { outcome: "wrong_browser" | "already_continued" | "expired" | "not_found" };

/** What the caller proposes for the tokens that it will sign after the answer. */
export interface ProposedTokens {
  readonly jti: string;
  readonly accessTokenSeconds: number;
  readonly refreshTokenSeconds: number;
}

export interface CodeRedemption extends ProposedTokens {
  readonly client: AuthenticatedClient;
  readonly codeHash: Bytes;
  /** Null when the request sent none. */
  readonly redirectUri: string | null;
  /** S256 of the presented verifier. */
  readonly codeChallenge: string;
  readonly resource: string | null;
  readonly replaySeconds: number;
  readonly refreshTokenHash: Bytes;
}

/** What was issued, in the words of the database. */
export interface Issued {
  /** Null for a service token: nobody granted it. */
  readonly personId: string | null;
  readonly resource: string;
  readonly scope: readonly string[];
  /** Seconds since the epoch. */
  readonly issuedAt: number;
}

export type RedeemAuthorizationCodeOutcome =
  | { outcome: "redeemed"; issued: Issued; refreshable: boolean }
  | {
    outcome:
      | "client_changed"
      | "not_found"
      | "client_mismatch"
      | "redirect_uri_mismatch"
      | "verifier_mismatch"
      | "expired"
      | "resource_mismatch"
      | "person_inactive"
      | "replayed"
      | "replayed_and_revoked";
  };

export interface Rotation extends ProposedTokens {
  readonly client: AuthenticatedClient;
  readonly tokenHash: Bytes;
  readonly resource: string | null;
  /** Null for all that the family has. */
  readonly scope: readonly string[] | null;
  readonly successorHash: Bytes;
  readonly sealedSuccessor: string;
  readonly replaySeconds: number;
}

export type RotateRefreshTokenOutcome =
  | { outcome: "rotated"; issued: Issued }
  | { outcome: "replayed"; issued: Issued; sealedSuccessor: string }
  | {
    outcome:
      | "client_changed"
      | "not_found"
      | "client_mismatch"
      | "revoked"
      | "person_inactive"
      | "expired"
      | "resource_mismatch"
      | "scope_exceeded"
      | "replays_exhausted"
      | "reused";
  };

export interface ServiceTokenRequest extends ProposedTokens {
  readonly client: AuthenticatedClient;
  /** Null for the default resource. */
  readonly resource: string | null;
  /** Null for all that the client may have. */
  readonly scope: readonly string[] | null;
}

export type IssueServiceTokenOutcome =
  | { outcome: "issued"; issued: Issued }
  | { outcome: "client_changed" | "resource_unknown" | "scope_exceeded" };

/** Tells a wrong SEKISHO_SECRET from the right one without being it. */
export interface SecretCheck {
  readonly id: string;
  readonly value: Bytes;
}

/** A signing key as it is stored. */
export interface StoredSigningKey {
  readonly kid: string;
  readonly publicJwk: JWK;
  readonly sealedPrivateKey: string;
}

/** Everything that is remembered. One call is one round trip and one transaction. */
export interface OAuthStore {
  findClient(id: string): Promise<Client | null>;
  /** Answers when it was recorded. */
  createClient(client: NewClient): Promise<Date>;
  listResources(): Promise<readonly Resource[]>;
  createAuthorizationRequest(request: NewAuthorizationRequest): Promise<CreateAuthorizationRequestOutcome>;
  findAuthorizationRequest(idHash: Bytes, personId: string): Promise<FindAuthorizationRequestOutcome>;
  decideAuthorizationRequest(decision: Decision): Promise<DecideAuthorizationRequestOutcome>;
  continueAuthorizationRequest(continuation: Continuation): Promise<ContinueAuthorizationRequestOutcome>;
  redeemAuthorizationCode(redemption: CodeRedemption): Promise<RedeemAuthorizationCodeOutcome>;
  rotateRefreshToken(rotation: Rotation): Promise<RotateRefreshTokenOutcome>;
  issueServiceToken(request: ServiceTokenRequest): Promise<IssueServiceTokenOutcome>;
  listSigningKeys(): Promise<readonly StoredSigningKey[]>;
  /** Whether these secrets are the ones that the database knows; a new one is recorded. */
  checkSecrets(checks: readonly SecretCheck[]): Promise<"fits" | "differs" | "missing">;
  createFirstSigningKey(key: StoredSigningKey & { readonly secretId: string }): Promise<"created" | "exists">;
}

export interface Person {
  readonly id: string;
  readonly email: string | null;
  readonly name: string | null;
}

/** Supabase Auth, asked who a session belongs to. */
export interface People {
  /**
   * The person of this session, or why there is none who may consent.
   *
   * @param sessionToken A Supabase session's access token, not yet checked by anyone.
   */
  findPerson(sessionToken: string): Promise<
    { outcome: "found"; person: Person } | {
      outcome: "no_session" | "not_a_person" | "second_factor_required";
    }
  >;
}

/** Signs access tokens with the key in use and publishes the public parts. */
export interface Signer {
  /**
   * The key that signs now, opened. Asked for before anything is consumed: a server that cannot sign must not spend a
   * code or rotate a token.
   */
  ready(): Promise<void>;
  /** The compact JWT (RFC 9068 §2). */
  sign(claims: AccessTokenInput): Promise<string>;
  /** Public JWKs, the one that signs first (RFC 7517 §5). */
  publicKeys(): Promise<readonly JWK[]>;
}

export interface AccessTokenInput {
  readonly subject: string;
  readonly audience: string;
  readonly clientId: string;
  readonly scope: readonly string[];
  readonly jti: string;
  readonly issuedAt: number;
  readonly lifetimeSeconds: number;
}
