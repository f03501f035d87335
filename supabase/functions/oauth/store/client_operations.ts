/** Clients and what can be asked about them: types only. */
import type { JWK } from "jose";
import type { Bytes } from "../../_shared/encoding.ts";
import type { AddressLimit, Limited } from "./limit_operations.ts";

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
  | Limited
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

export interface ClientOperations {
  findClient(id: string): Promise<Client | null>;
  /**
   * With the hash of a registration token: counts a use of it, and records nothing without. Otherwise `limit` bounds
   * the clients that registered from there within an hour and that nobody has used.
   */
  createClient(
    client: NewClient,
    registrationTokenHash: Bytes | null,
    limit?: AddressLimit,
  ): Promise<CreateClientOutcome>;
  /** `drifted`: its name, redirect URIs or proof are others than before, and earlier consents no longer count. */
  recordClientDocument(document: RecordedClientDocument): Promise<"created" | "unchanged" | "drifted">;
  recordClientKeys(keys: RecordedClientKeys): Promise<"recorded" | "client_changed">;
  /** Nothing could be read there: what was read before stays, and it is not asked again for a moment. */
  recordUnreadClientKeys(keys: Pick<RecordedClientKeys, "id" | "jwksUri">): Promise<void>;
  /** For the audit trail: somebody who claims to be this client could not prove it. The reason is a word of ours. */
  recordRefusal(clientId: string, reason: string): Promise<void>;
}
