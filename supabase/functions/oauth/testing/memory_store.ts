/**
 * The store in memory, for unit tests. Keeps the contract of the SQL functions outcome by outcome; one list of scenarios,
 * `tests/store_contract.ts`, runs on both so that it cannot lie.
 */
import type { Bytes } from "../../_shared/encoding.ts";
import type { NewClient, OAuthStore, Resource } from "../deps.ts";
import { insertClient, memoryClients } from "./memory_clients.ts";
import { memoryKeys, revokeSigningKey } from "./memory_keys.ts";
import { memoryLimits } from "./memory_limits.ts";
import { memoryOwners } from "./memory_owners.ts";
import { memoryRequests } from "./memory_requests.ts";
import { atOnce, emptyTables, hashKey, insert, type MemoryTables, nowOf } from "./memory_tables.ts";
import { memoryTokens } from "./memory_tokens.ts";
import type { TestClock } from "./test_clock.ts";

/** What may change of a client behind the authorization server's back. */
export interface ClientChange {
  readonly blocked?: boolean;
  readonly verified?: boolean;
  readonly secretHash?: Bytes | null;
  readonly redirectUris?: readonly string[];
  readonly grantTypes?: readonly string[];
  readonly serviceScope?: readonly string[];
  /** The audience whose tokens it may introspect. */
  readonly resource?: string;
}

/** The store, and what only the operator and Supabase Auth can do. */
export interface Memory {
  readonly store: OAuthStore;
  readonly tables: MemoryTables;
  addPerson(id: string): void;
  banPerson(id: string, seconds: number): void;
  /** As Supabase Auth does it softly: the row stays, marked. */
  deletePerson(id: string): void;
  /** The row goes, and everything of this person with it. */
  erasePerson(id: string): void;
  /** A client that the operator registered. */
  recordClient(client: NewClient, verified: boolean): void;
  changeClient(id: string, change: ClientChange): void;
  /** A registration token of this hash, for so many seconds and uses. */
  recordRegistrationToken(tokenHash: Bytes, name: string, seconds: number, mostUses: number): void;
  revokeRegistrationToken(name: string): void;
  recordResource(resource: Resource): void;
  revokeSigningKey(kid: string): void;
}

/** An empty store on this clock. */
export function createMemoryStore(clock: TestClock): Memory {
  const tables = emptyTables(clock);
  return {
    store: {
      forRequest() {
        return this;
      },
      ...memoryClients(tables),
      ...memoryKeys(tables),
      listResources: () =>
        atOnce(() => [...tables.resources.values()].sort((a, b) => a.identifier < b.identifier ? -1 : 1)),
      ...memoryRequests(tables),
      ...memoryTokens(tables),
      ...memoryOwners(tables),
      ...memoryLimits(tables),
    },
    tables,
    addPerson(id) {
      insert(tables.people, id, { deletedAt: null, bannedUntil: null });
    },
    banPerson(id, seconds) {
      existing(tables.people, id).bannedUntil = nowOf(tables) + seconds * 1000;
    },
    deletePerson(id) {
      existing(tables.people, id).deletedAt = nowOf(tables);
    },
    erasePerson(id) {
      tables.people.delete(id);
      for (
        const table of [tables.requests, tables.codes, tables.accessTokens]
      ) {
        for (const [key, row] of table) {
          if (row.personId === id) {
            table.delete(key);
          }
        }
      }
      for (const [key, family] of tables.families) {
        if (family.personId !== id) continue;
        tables.families.delete(key);
        for (const [hash, token] of tables.refreshTokens) {
          if (token.familyId === key) tables.refreshTokens.delete(hash);
        }
      }
      for (const key of tables.consents.keys()) {
        if (key.startsWith(id)) tables.consents.delete(key);
      }
    },
    recordClient(client, verified) {
      insertClient(tables, client, verified);
    },
    changeClient(id, change) {
      tables.clients.set(id, { ...existing(tables.clients, id), ...change });
    },
    recordRegistrationToken(tokenHash, name, seconds, mostUses) {
      const expiresAt = nowOf(tables) + seconds * 1000;
      insert(tables.registrationTokens, hashKey(tokenHash), {
        name,
        mostUses,
        expiresAt,
        uses: 0,
        revoked: false,
      });
    },
    revokeRegistrationToken(name) {
      for (const token of tables.registrationTokens.values()) {
        if (token.name === name) token.revoked = true;
      }
    },
    recordResource(resource) {
      if (resource.isDefault) {
        for (const [key, other] of tables.resources) {
          tables.resources.set(key, { ...other, isDefault: false });
        }
      }
      tables.resources.set(resource.identifier, resource);
    },
    revokeSigningKey: (kid) => revokeSigningKey(tables, kid),
  };
}

function existing<Row>(table: ReadonlyMap<string, Row>, key: string): Row {
  const row = table.get(key);
  if (row === undefined) throw new Error("no such row in this test");
  return row;
}
