/** What a scenario of the store contract is given: a store and the rest of its world. */
import type { Bytes } from "../_shared/encoding.ts";
import type { NewClient, OAuthStore, Resource } from "../oauth/deps.ts";
import type { ClientChange } from "../oauth/testing/memory_store.ts";

/** A store with the rest of its world: time, people, the operator, and a look at what lies in the tables. */
export interface World {
  readonly store: OAuthStore;
  /** Moves time: on Postgres by moving every instant in the tables back. */
  elapse(seconds: number): Promise<void>;
  /** Runs all of them at once; on Postgres so that they truly meet at what they lock. */
  simultaneously<Answer>(calls: readonly (() => Promise<Answer>)[]): Promise<Answer[]>;
  /** Somebody whom Supabase Auth knows. Answers the id. */
  addPerson(): Promise<string>;
  banPerson(id: string, seconds: number): Promise<void>;
  /** Softly: the row stays, marked. */
  deletePerson(id: string): Promise<void>;
  /** The row goes. */
  erasePerson(id: string): Promise<void>;
  recordClient(client: NewClient, verified: boolean): Promise<void>;
  changeClient(id: string, change: ClientChange): Promise<void>;
  /** As the operator makes one; answers the hash of the token. */
  createRegistrationToken(name: string, seconds: number, mostUses: number): Promise<Bytes>;
  revokeRegistrationToken(name: string): Promise<void>;
  recordResource(resource: Resource): Promise<void>;
  /** As the operator does when its private key leaked. */
  revokeSigningKey(kid: string): Promise<void>;
  accessTokenIsLive(jti: string, resource: string): Promise<boolean>;
  /** The scope in the access token's row: what a tool gets, whatever the JWT says. */
  findAccessTokenScope(jti: string): Promise<readonly string[] | null>;
  findRefreshToken(tokenHash: Bytes): Promise<StoredRefreshToken | null>;
  countRows(): Promise<RowCounts>;
}

/** A refresh token with its family, as they lie in the tables. */
export interface StoredRefreshToken {
  readonly generation: number;
  readonly rotated: boolean;
  readonly sealedSuccessor: string | null;
  readonly replayCount: number;
  readonly expiresInSeconds: number;
  readonly familyScope: readonly string[];
  readonly familyExpiresInSeconds: number;
  readonly revokedBecause: string | null;
}

export interface RowCounts {
  readonly codes: number;
  readonly families: number;
  readonly accessTokens: number;
  readonly refreshTokens: number;
}

export interface Scenario {
  /** The operation and what it keeps to. */
  readonly name: string;
  run(world: World): Promise<void>;
}
