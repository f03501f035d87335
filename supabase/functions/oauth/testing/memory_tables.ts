/**
 * What the memory store remembers: the tables of schema `oauth` as maps, with those of their constraints that a wrong
 * caller would meet. Instants are milliseconds since the epoch.
 */
import { type Bytes, toBase64Url } from "../../_shared/encoding.ts";
import type {
  AdmissionRefusal,
  AuthenticatedClient,
  AuthorizationDetail,
  Client,
  NewAuthorizationRequest,
  NewClient,
  NewSigningKey,
  Resource,
} from "../deps.ts";
import type { TestClock } from "./test_clock.ts";

export interface ClientRow extends Omit<Client, "document" | "keys">, NewClient {
  blocked: boolean;
  readonly serviceScope?: readonly string[];
  readonly resource?: string;
  /** Of a client that a document describes: when it was read, and until when it is fresh. */
  readonly read?: { readonly at: number; readonly freshUntil: number };
  /** Of a client that registered itself where that is limited: from where, when, and whether a flow has completed. */
  readonly registered?: { readonly address: string; readonly at: number };
  used?: boolean;
  /** Of a client whose keys are at a URL: when they were read. */
  readonly keysRead?: { readonly at: number; readonly freshUntil: number };
  /** Until then they are not asked for again. */
  readonly keysRestUntil?: number;
}

export interface RegistrationTokenRow {
  readonly name: string;
  readonly mostUses: number;
  readonly expiresAt: number;
  uses: number;
  revoked: boolean;
}

export interface PersonRow {
  deletedAt: number | null;
  bannedUntil: number | null;
}

/** Its scope is what consent shows: names, without wildcards. */
export interface RequestRow extends NewAuthorizationRequest {
  readonly expiresAt: number;
  decision: "approve" | "deny" | null;
  personId: string | null;
  grantedScope: readonly string[] | null;
  grantedDetails: readonly AuthorizationDetail[];
  continueKey: string | null;
  endedAt: number | null;
}

export interface CodeRow {
  readonly clientId: string;
  readonly personId: string;
  readonly redirectUri: string;
  readonly resource: string;
  readonly scope: readonly string[];
  readonly authorizationDetails: readonly AuthorizationDetail[];
  readonly codeChallenge: string;
  readonly expiresAt: number;
  usedAt: number | null;
  familyId: string | null;
}

export interface FamilyRow {
  readonly id: string;
  readonly clientId: string;
  readonly personId: string;
  readonly resource: string;
  readonly scope: readonly string[];
  readonly authorizationDetails: readonly AuthorizationDetail[];
  keyBound: boolean;
  expiresAt: number;
  revokedBecause: string | null;
}

export interface RefreshTokenRow {
  readonly familyId: string;
  readonly generation: number;
  readonly issuedAt: number;
  readonly expiresAt: number;
  rotatedAt: number | null;
  successorKey: string | null;
  sealedSuccessor: string | null;
  replayUntil: number | null;
  replayCount: number;
}

export interface AccessTokenRow {
  /** Null, like the person, for a service token. */
  readonly familyId: string | null;
  readonly clientId: string;
  readonly personId: string | null;
  readonly resource: string;
  readonly scope: readonly string[];
  readonly authorizationDetails: readonly AuthorizationDetail[];
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly kid: string;
  readonly revoked: boolean;
}

export interface SigningKeyRow extends Omit<NewSigningKey, "days"> {
  signsFrom: number;
  /** Null until the key that follows is there. */
  signsUntil: number | null;
  revoked: boolean;
}

export interface MemoryTables {
  readonly clock: TestClock;
  readonly clients: Map<string, ClientRow>;
  readonly registrationTokens: Map<string, RegistrationTokenRow>;
  readonly resources: Map<string, Resource>;
  readonly people: Map<string, PersonRow>;
  readonly requests: Map<string, RequestRow>;
  readonly codes: Map<string, CodeRow>;
  readonly families: Map<string, FamilyRow>;
  readonly refreshTokens: Map<string, RefreshTokenRow>;
  readonly accessTokens: Map<string, AccessTokenRow>;
  readonly consents: Map<string, readonly string[]>;
  /** Spent assertions: client and jti. */
  readonly assertions: Set<string>;
  /** By bucket and subject: the minute of each request, the oldest first. */
  readonly rateCounts: Map<string, number[]>;
  /** Check value by secret id; null for the one that is known from the start. */
  readonly secretChecks: Map<string, string | null>;
  /** By kid. */
  readonly signingKeys: Map<string, SigningKeyRow>;
}

export function emptyTables(clock: TestClock): MemoryTables {
  return {
    clock,
    clients: new Map(),
    registrationTokens: new Map(),
    resources: new Map(),
    people: new Map(),
    requests: new Map(),
    codes: new Map(),
    families: new Map(),
    refreshTokens: new Map(),
    accessTokens: new Map(),
    consents: new Map(),
    assertions: new Set(),
    rateCounts: new Map(),
    secretChecks: new Map([["test", null]]),
    signingKeys: new Map(),
  };
}

/** Key of a row that is known by a hash. @throws like its constraint when it is no SHA-256. */
export function hashKey(hash: Bytes): string {
  if (hash.length !== 32) throw new Error("violates: is kept as its hash");
  return toBase64Url(hash);
}

/** Adds a row. @throws like a primary key when there is one. */
export function insert<Row>(
  table: Map<string, Row>,
  key: string,
  row: Row,
): void {
  if (table.has(key)) throw new Error("violates: primary key");
  table.set(key, row);
}

/** An operation whose answer is there at once. */
// deno-lint-ignore require-await
export const atOnce = async <Value>(answer: () => Value): Promise<Value> => answer();

/** Postgres has no text with NUL in it: what would be refused there must not pass here. */
export function refuseNul(...values: readonly unknown[]): void {
  for (const value of values.flat()) {
    if (typeof value === "string" && value.includes("\0")) {
      throw new Error("invalid byte sequence: 0x00");
    }
  }
}

export function nowOf({ clock }: MemoryTables): number {
  return clock.now().getTime();
}

/** `oauth.admit_client`: why not, or null. */
export function refuseClient(
  tables: MemoryTables,
  { client: { id }, secretHash, assertion }: AuthenticatedClient,
): AdmissionRefusal | null {
  const client = tables.clients.get(id);
  if (client === undefined || client.blocked) return "client_changed";
  if (textOf(client.secretHash) !== textOf(secretHash)) return "client_changed";
  if ((client.tokenEndpointAuthMethod === "private_key_jwt") !== (assertion !== null)) {
    return "client_changed";
  }
  if (assertion === null) return null;
  const has = client.jwks?.some((key) => JSON.stringify(key) === JSON.stringify(assertion.key)) ?? false;
  if (!has) return "client_changed";
  const spent = `${id}\n${hashKey(assertion.jtiHash)}`;
  if (tables.assertions.has(spent) || assertion.expiresAt.getTime() <= nowOf(tables)) {
    return "assertion_replayed";
  }
  tables.assertions.add(spent);
  return null;
}

/** `oauth.person_is_active`. */
export function personIsActive(tables: MemoryTables, id: string): boolean {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) {
    throw new Error("invalid uuid");
  }
  const person = tables.people.get(id);
  return person !== undefined && person.deletedAt === null &&
    (person.bannedUntil === null || person.bannedUntil < nowOf(tables));
}

/** `oauth.find_live_access_token`. */
export function accessTokenIsLive(
  tables: MemoryTables,
  jti: string,
  resource: string,
): boolean {
  const token = tables.accessTokens.get(jti);
  return token !== undefined && tables.clients.get(token.clientId)?.blocked === false &&
    token.resource === resource && !token.revoked &&
    token.expiresAt > nowOf(tables) && tables.signingKeys.get(token.kid)?.revoked === false &&
    (token.familyId === null || tables.families.get(token.familyId)?.revokedBecause === null) &&
    (token.personId === null || personIsActive(tables, token.personId));
}

/** `first_used_at`: a flow of this client has completed. */
export function markUsed(tables: MemoryTables, clientId: string): void {
  const client = tables.clients.get(clientId);
  if (client !== undefined) client.used = true;
}

/** Key of a consent: person, client, registered redirect URI, resource. */
export function consentKey(
  ...parts: readonly [string, string, string, string]
): string {
  return parts.join("\n");
}

function textOf(hash: Bytes | null): string | null {
  return hash === null ? null : toBase64Url(hash);
}
