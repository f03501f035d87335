/** What a person's account needs from outside: types only. */
import type { LocalizedText } from "../_shared/contract/interaction.ts";
import type { Bytes } from "../_shared/encoding.ts";
import type { AddressSource } from "../_shared/http/client_address.ts";
import type { Log } from "../_shared/http/request_log.ts";
import type { People } from "../_shared/people.ts";
import type { RequestOrigin } from "../_shared/request_origin.ts";

export interface Deps {
  readonly settings: AccountSettings;
  readonly people: People;
  readonly store: AccountStore;
  readonly log: Log;
  random(length: number): Bytes;
}

export interface AccountSettings {
  readonly webUrl: string;
  /** Hosts whose clients' documents the operator trusts. */
  readonly trustedClientHosts: readonly string[];
  readonly addressSource: AddressSource;
}

/**
 * What is remembered of people, each operation in a transaction of its own that belongs to one of them: it sees that
 * person's rows and acts for nobody else.
 *
 * @throws OAuthError `login_required`, each of them, for a person who was deleted or banned.
 */
export interface AccountStore {
  /** Apps that hold something which can still be used, the one that was used last first. */
  listConnectedApps(personId: string): Promise<readonly HeldByApp[]>;
  /** Ends everything that this client holds of the person. No error when that is nothing. */
  disconnectApp(personId: string, clientId: string): Promise<void>;
  /** The same for every client. */
  disconnectEveryApp(personId: string): Promise<void>;
  /**
   * What happened in the person's name, newest first: so many events, and with the last of them all of the same instant.
   *
   * @param before Microseconds since the epoch: events of that instant and later are left out. Null for the newest.
   */
  listActivity(personId: string, before: string | null, most: number): Promise<readonly OwnEvent[]>;
  /** Keys that are alive, the newest first. */
  listApiKeys(personId: string): Promise<readonly OwnApiKey[]>;
  /** What a key may be for, the default resource first. */
  listResources(personId: string): Promise<readonly OfferedResource[]>;
  createApiKey(personId: string, key: ProposedApiKey): Promise<CreateApiKeyOutcome>;
  /** Ends a key. No error when it is over or another's. */
  revokeApiKey(personId: string, id: string): Promise<void>;
  /** The same store, as one request asks it: what is audited says which. */
  forRequest(origin: RequestOrigin): AccountStore;
}

export interface HeldByApp {
  readonly client: {
    readonly id: string;
    readonly name: string;
    readonly uri: string | null;
    readonly verified: boolean;
  };
  readonly blocked: boolean;
  readonly since: Date;
  readonly lastUsedAt: Date;
  readonly access: readonly {
    readonly resource: string;
    readonly scope: readonly string[];
    /** All that the resource offers. */
    readonly resourceScopes: readonly { readonly name: string; readonly description: LocalizedText }[];
  }[];
}

export interface OwnEvent {
  /** Microseconds since the epoch: as exact as the database, which a `Date` is not. */
  readonly at: string;
  readonly event: string;
  readonly clientId: string | null;
  readonly clientName: string | null;
  readonly resource: string | null;
  readonly because: string | null;
  readonly scope: readonly string[];
  readonly addressPrefix: string | null;
}

export interface OwnApiKey {
  readonly id: string;
  readonly name: string;
  readonly resource: string;
  readonly scope: readonly string[];
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly lastUsedAt: Date | null;
}

export interface OfferedResource {
  readonly resource: string;
  readonly name: string;
  readonly scopes: readonly { readonly name: string; readonly description: LocalizedText }[];
}

export interface ProposedApiKey {
  /** `key_` and 128 bits in base64url. */
  readonly id: string;
  readonly keyHash: Bytes;
  readonly name: string;
  /** Null for the default one. */
  readonly resource: string | null;
  readonly scope: readonly string[];
  readonly days: number;
}

export type CreateApiKeyOutcome = {
  readonly outcome: "created" | "resource_unknown" | "scope_unknown" | "too_many";
};
