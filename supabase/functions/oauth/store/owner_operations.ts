/** What owners of tokens may ask afterwards: to take one back, or what it is worth. Types only. */
import type { AdmissionRefusal, AuthenticatedClient } from "./client_operations.ts";
import type { AuthorizationDetail } from "../../_shared/contract/interaction.ts";
import type { Bytes } from "../../_shared/encoding.ts";
import type { Limited, SubjectLimit } from "./limit_operations.ts";

/** A token that somebody presents: an access token by the `jti` that it proved, a refresh token by its hash. */
export type PresentedToken =
  | { readonly kind: "access_token"; readonly jti: string }
  | { readonly kind: "refresh_token"; readonly tokenHash: Bytes };

export type RevokeTokenOutcome = { outcome: "revoked" | "unknown" | "client_mismatch" | AdmissionRefusal };

/** What a token stands for, in the words of the database. Instants in seconds since the epoch. */
export interface IntrospectedToken {
  readonly kind: PresentedToken["kind"];
  /** Null for a refresh token. */
  readonly jti: string | null;
  readonly clientId: string;
  /** Null for a client in its own name. */
  readonly personId: string | null;
  readonly resource: string;
  readonly scope: readonly string[];
  readonly authorizationDetails: readonly AuthorizationDetail[];
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export type IntrospectTokenOutcome =
  | { outcome: "active"; token: IntrospectedToken }
  | Limited
  | { outcome: "inactive" | AdmissionRefusal };

export interface OwnerOperations {
  revokeToken(client: AuthenticatedClient, token: PresentedToken): Promise<RevokeTokenOutcome>;
  introspectToken(
    client: AuthenticatedClient,
    token: PresentedToken,
    limit?: SubjectLimit,
  ): Promise<IntrospectTokenOutcome>;
}
