/** Resources, authorization requests and people's decisions: types only. */
import type { AuthorizationDetail, LocalizedText } from "../../_shared/contract/interaction.ts";
import type { Bytes } from "../../_shared/encoding.ts";
import type { AddressLimit, Limited } from "./limit_operations.ts";

export type { AuthorizationDetail };

export interface ResourceScope {
  readonly name: string;
  readonly description: LocalizedText;
  readonly tools: readonly string[];
  /** What limits it (RFC 9396), as it is when nobody asks otherwise. */
  readonly detail?: AuthorizationDetail;
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
  /** As asked and completed; those of scopes that nobody limited are added by default. */
  readonly authorizationDetails: readonly AuthorizationDetail[];
  readonly state: string | null;
  readonly codeChallenge: string;
  readonly lifetimeSeconds: number;
}

export type CreateAuthorizationRequestOutcome =
  | { outcome: "created" | "client_changed" | "resource_unknown" | "scope_unknown" }
  | Limited;

/** Why a request cannot be shown or decided. */
export type RequestRefusal = "not_found" | "already_decided" | "expired" | "person_inactive";

export type FindAuthorizationRequestOutcome = { outcome: RequestRefusal } | {
  outcome: "found";
  client: {
    id: string;
    name: string;
    uri: string | null;
    verified: boolean;
    /** Called like a well-known client, with answers that go elsewhere. */
    nameIsBorrowed: boolean;
  };
  redirectUri: string;
  resource: string;
  scope: readonly string[];
  authorizationDetails: readonly AuthorizationDetail[];
  resourceScopes: readonly ResourceScope[];
  earlierScope: readonly string[];
};

export interface Decision {
  readonly idHash: Bytes;
  readonly personId: string;
  readonly decision: "approve" | "deny";
  readonly scope: readonly string[];
  /** Null for as asked. */
  readonly authorizationDetails: readonly AuthorizationDetail[] | null;
  readonly continueSecretHash: Bytes;
}

export type DecideAuthorizationRequestOutcome = {
  outcome: "decided" | RequestRefusal | "scope_empty" | "scope_not_requested" | "details_not_requested";
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

export interface RequestOperations {
  listResources(): Promise<readonly Resource[]>;
  createAuthorizationRequest(
    request: NewAuthorizationRequest,
    limit?: AddressLimit,
  ): Promise<CreateAuthorizationRequestOutcome>;
  findAuthorizationRequest(idHash: Bytes, personId: string): Promise<FindAuthorizationRequestOutcome>;
  decideAuthorizationRequest(decision: Decision): Promise<DecideAuthorizationRequestOutcome>;
  continueAuthorizationRequest(continuation: Continuation): Promise<ContinueAuthorizationRequestOutcome>;
}
