/** What grants exchange for tokens: types only. */
import type { AuthorizationDetail } from "../../_shared/contract/interaction.ts";
import type { Bytes } from "../../_shared/encoding.ts";
import type { AdmissionRefusal, AuthenticatedClient } from "./client_operations.ts";
import type { Limited } from "./limit_operations.ts";

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
  readonly authorizationDetails: readonly AuthorizationDetail[];
  /** Seconds since the epoch. */
  readonly issuedAt: number;
  /** The key that must sign the access token: no other makes it live. */
  readonly kid: string;
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
  /** Refreshes of one family in an hour; 0 for no limit. */
  readonly perHour: number;
}

export type RotateRefreshTokenOutcome =
  | { outcome: "rotated"; issued: Issued }
  | { outcome: "replayed"; issued: Issued; sealedSuccessor: string }
  | Limited
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
  /** Tokens of one client in an hour; 0 for no limit. */
  readonly perHour: number;
}

export type IssueServiceTokenOutcome =
  | { outcome: "issued"; issued: Issued }
  | Limited
  | { outcome: AdmissionRefusal | "resource_unknown" | "scope_exceeded" };

export interface TokenOperations {
  redeemAuthorizationCode(redemption: CodeRedemption): Promise<RedeemAuthorizationCodeOutcome>;
  rotateRefreshToken(rotation: Rotation): Promise<RotateRefreshTokenOutcome>;
  issueServiceToken(request: ServiceTokenRequest): Promise<IssueServiceTokenOutcome>;
}
