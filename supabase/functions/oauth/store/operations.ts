/**
 * What the store remembers and what can be asked of it: types only. Operations answer tagged outcomes; every rule behind
 * them is one SQL function (the memory store of the tests keeps to the same contract).
 */
import type { JWK } from "jose";
import type { LocalizedText } from "../../_shared/contract/interaction.ts";
import type { Bytes } from "../../_shared/encoding.ts";
import type { OwnerOperations } from "./owner_operations.ts";

/** How a client proves who it is at the token endpoint (RFC 7591 §2). */
export type TokenEndpointAuthMethod =
  | "none"
  | "client_secret_basic"
  | "client_secret_post"
  | "private_key_jwt";

export interface Client {
  readonly id: string;
  readonly verified: boolean;
  readonly name: string;
  readonly uri: string | null;
  readonly tokenEndpointAuthMethod: TokenEndpointAuthMethod;
  readonly secretHash: Bytes | null;
  /** Null for a client that signs nothing. */
  readonly keys: ClientKeys | null;
  readonly redirectUris: readonly string[];
  readonly grantTypes: readonly string[];
  /** Of a client that a document describes: how old the kept copy is. Null for every other. */
  readonly document: { readonly isFresh: boolean; readonly isUsable: boolean } | null;
}

/** Public keys of a client whose signature proves it (RFC 7523). */
export interface ClientKeys {
  readonly list: readonly JWK[];
  /** Where they are published; null when the client itself said them. */
  readonly uri: string | null;
  readonly isFresh: boolean;
  /** Whether they may still be used when they cannot be read again. */
  readonly isUsable: boolean;
  readonly mayBeAskedFor: boolean;
}

/** A client that proved who it is, and how: the database checks that the proof still holds. */
export interface AuthenticatedClient {
  readonly client: Client;
  readonly secretHash: Bytes | null;
  readonly assertion: SpentAssertion | null;
}

/** An assertion that verified: the database lets it be used once. */
export interface SpentAssertion {
  /** The key that verified it, as the client has it. */
  readonly key: JWK;
  readonly jtiHash: Bytes;
  /** From then on it is worthless anyway. */
  readonly expiresAt: Date;
}

export interface NewClient extends Omit<Client, "verified" | "document" | "keys"> {
  readonly jwks: readonly JWK[] | null;
  readonly jwksUri: string | null;
  readonly applicationType: "web" | "native";
  readonly responseTypes: readonly string[];
  readonly scope: string | null;
}

export type CreateClientOutcome =
  /** `createdAt` in seconds since the epoch. */
  | { outcome: "created"; createdAt: number }
  | { outcome: "token_unknown" | "token_revoked" | "token_expired" | "token_used_up" };

/** What a client's document says of it (draft-ietf-oauth-client-id-metadata-document). */
export interface RecordedClientDocument {
  readonly id: string;
  readonly name: string;
  readonly tokenEndpointAuthMethod: TokenEndpointAuthMethod;
  readonly jwks: readonly JWK[] | null;
  readonly jwksUri: string | null;
  readonly redirectUris: readonly string[];
  readonly grantTypes: readonly string[];
  readonly freshSeconds: number;
}

/** What was read at a client's `jwks_uri`. */
export interface RecordedClientKeys {
  readonly id: string;
  readonly jwksUri: string;
  readonly jwks: readonly JWK[];
  readonly freshSeconds: number;
}

/** Why no client's request is carried out: it changed since it was looked up, or its assertion was used before. */
export type AdmissionRefusal = "client_changed" | "assertion_replayed";

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
  /** As asked, wildcards and all; empty for the resource's default. What is recorded are the names that exist there. */
  readonly scope: readonly string[];
  readonly state: string | null;
  readonly codeChallenge: string;
  readonly lifetimeSeconds: number;
}

export type CreateAuthorizationRequestOutcome = {
  outcome: "created" | "client_changed" | "resource_unknown" | "scope_unknown";
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
      | AdmissionRefusal
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
  /** Null for all that the family has; a wildcard for all that it has of it. */
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
      | AdmissionRefusal
      | "not_found"
      | "client_mismatch"
      | "key_required"
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
  /** Null for all that the client may have; a wildcard for all that it may have of it. */
  readonly scope: readonly string[] | null;
}

export type IssueServiceTokenOutcome =
  | { outcome: "issued"; issued: Issued }
  | { outcome: AdmissionRefusal | "resource_unknown" | "scope_exceeded" };

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
export interface OAuthStore extends OwnerOperations {
  findClient(id: string): Promise<Client | null>;
  /** With the hash of a registration token: counts a use of it, and records nothing without. */
  createClient(client: NewClient, registrationTokenHash: Bytes | null): Promise<CreateClientOutcome>;
  /** `drifted`: its name, redirect URIs or proof are others than before, and earlier consents no longer count. */
  recordClientDocument(document: RecordedClientDocument): Promise<"created" | "unchanged" | "drifted">;
  recordClientKeys(keys: RecordedClientKeys): Promise<"recorded" | "client_changed">;
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
