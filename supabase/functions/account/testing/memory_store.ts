/**
 * The store in memory, for unit tests. Keeps the contract of views and SQL functions; one list of scenarios,
 * `tests/account_contract.ts`, runs on both so that it cannot lie.
 */
import { loginRequired } from "../../_shared/http/signed_in.ts";
import type { AccountStore, HeldByApp, OwnApiKey, OwnEvent, ProposedApiKey } from "../deps.ts";

/** What a client holds of a person: one redeemed consent. */
export interface HeldFamily {
  readonly personId: string;
  readonly clientId: string;
  readonly resource: string;
  readonly scope: readonly string[];
  /** Seconds ago. */
  readonly since: number;
  readonly lastUsed: number;
  /** Seconds from now; negative when it is over. */
  readonly expires: number;
}

export interface KnownClient {
  readonly id: string;
  readonly name: string;
  readonly uri: string | null;
  readonly verified: boolean;
  readonly blocked: boolean;
}

/** An event of the trail; `at` in microseconds since the epoch. */
export interface ToldEvent {
  readonly at: bigint;
  readonly event: string;
  readonly personId: string | null;
  readonly clientId: string | null;
  readonly resource: string | null;
  readonly details: { readonly because?: string; readonly scope?: readonly string[]; readonly name?: string };
  readonly addressPrefix: string | null;
}

/** A key that was made. */
export interface KnownApiKey extends ProposedApiKey {
  readonly personId: string;
  readonly resource: string;
}

const MOST_KEYS = 20;

export type KnownResource = HeldByApp["access"][number]["resourceScopes"];

/** The store, and what only others can do. */
export interface Memory {
  readonly store: AccountStore;
  readonly people: Set<string>;
  readonly clients: Map<string, KnownClient>;
  readonly resources: Map<string, KnownResource>;
  readonly families: HeldFamily[];
  readonly keys: KnownApiKey[];
  readonly events: ToldEvent[];
}

/** An empty store at this instant, which stands. */
export function createMemoryStore(now: Date): Memory {
  const people = new Set<string>();
  const clients: Memory["clients"] = new Map();
  const resources: Memory["resources"] = new Map();
  const families: HeldFamily[] = [];
  const keys: KnownApiKey[] = [];
  const events: ToldEvent[] = [];
  const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);

  const disconnect = (which: (family: HeldFamily) => boolean, because: string) => {
    for (const family of families.filter(which)) {
      families.splice(families.indexOf(family), 1);
      events.push({
        at: BigInt(now.getTime()) * 1000n + BigInt(events.length),
        event: "tokens_revoked",
        personId: family.personId,
        clientId: family.clientId,
        resource: family.resource,
        details: { because },
        addressPrefix: null,
      });
    }
  };
  const endKeys = (which: (key: KnownApiKey) => boolean) => {
    for (const key of keys.filter(which)) keys.splice(keys.indexOf(key), 1);
  };
  /** As the real one: at once, or refused for somebody who may not act. */
  // deno-lint-ignore require-await
  const as = async <Value>(personId: string, answer: () => Value): Promise<Value> => {
    if (!people.has(personId)) throw loginRequired("person_inactive");
    return answer();
  };
  const store: AccountStore = {
    forRequest: () => store,
    listConnectedApps: (personId) =>
      as(personId, () => {
        const live = families.filter((family) => family.personId === personId && family.expires > 0);
        const held = Map.groupBy(live, ({ clientId }) => clientId);
        return [...held].flatMap(([id, own]): HeldByApp[] => {
          const client = clients.get(id);
          if (client === undefined) return [];
          return [{
            client: { id, name: client.name, uri: client.uri, verified: client.verified },
            blocked: client.blocked,
            since: ago(Math.max(...own.map(({ since }) => since))),
            lastUsedAt: ago(Math.min(...own.map(({ lastUsed }) => lastUsed))),
            access: [...Map.groupBy(own, ({ resource }) => resource)].sort(([a], [b]) => a < b ? -1 : 1).map((
              [resource, granted],
            ) => ({
              resource,
              scope: [...new Set(granted.flatMap(({ scope }) => scope))].sort(),
              resourceScopes: resources.get(resource) ?? [],
            })),
          }];
        }).sort((a, b) =>
          b.lastUsedAt.getTime() - a.lastUsedAt.getTime() || (a.client.id < b.client.id ? -1 : 1)
        );
      }),
    disconnectApp: (personId, clientId) =>
      as(personId, () =>
        disconnect(
          (family) => family.personId === personId && family.clientId === clientId,
          "disconnected by the person",
        )),
    disconnectEveryApp: (personId) =>
      as(personId, () => {
        disconnect((family) => family.personId === personId, "signed out everywhere by the person");
        endKeys((key) => key.personId === personId);
      }),
    listApiKeys: (personId) =>
      as(personId, () =>
        keys.filter((key) => key.personId === personId).map((key): OwnApiKey => ({
          id: key.id,
          name: key.name,
          resource: key.resource,
          scope: key.scope,
          createdAt: now,
          expiresAt: new Date(now.getTime() + key.days * 86_400_000),
          lastUsedAt: null,
        })).sort((a, b) => a.id < b.id ? -1 : 1)),
    listResources: (personId) =>
      as(personId, () => [...resources].map(([resource, scopes]) => ({ resource, name: resource, scopes }))),
    createApiKey: (personId, key) =>
      as(personId, () => {
        const resource = key.resource ?? [...resources.keys()][0] ?? "";
        const offered = resources.get(resource);
        if (offered === undefined) return { outcome: "resource_unknown" };
        if (!key.scope.every((wanted) => offered.some(({ name }) => name === wanted))) {
          return { outcome: "scope_unknown" };
        }
        if (keys.filter((known) => known.personId === personId).length >= MOST_KEYS) {
          return { outcome: "too_many" };
        }
        keys.push({ ...key, personId, resource });
        return { outcome: "created" };
      }),
    revokeApiKey: (personId, id) =>
      as(personId, () => endKeys((key) => key.personId === personId && key.id === id)),
    listActivity: (personId, before, most) =>
      as(personId, () => {
        const own = withoutSteps(events.filter((told) => told.personId === personId))
          .filter((told) => before === null || told.at < BigInt(before))
          .sort((a, b) => a.at === b.at ? 0 : a.at < b.at ? 1 : -1);
        const last = own[most - 1];
        return own.filter(({ at }, place) => place < most || at === last?.at).map((told): OwnEvent => ({
          at: String(told.at),
          event: told.event,
          clientId: told.clientId,
          clientName: told.details.name ?? clients.get(told.clientId ?? "")?.name ?? null,
          resource: told.resource,
          because: told.details.because ?? null,
          scope: told.details.scope ?? [],
          addressPrefix: told.addressPrefix,
        }));
      }),
  };
  return { store, people, clients, resources, families, keys, events };
}

/** Of one person's: no code, and a renewal where it is the first that its client gets anything from that network. */
function withoutSteps(events: readonly ToldEvent[]): ToldEvent[] {
  const seen = new Set<string>();
  return events.toSorted((a, b) => a.at < b.at ? -1 : a.at > b.at ? 1 : 0).filter((told) => {
    if (!["tokens_issued", "tokens_refreshed"].includes(told.event)) return told.event !== "code_issued";
    const place = JSON.stringify([told.clientId, told.addressPrefix]);
    const isFirst = !seen.has(place);
    seen.add(place);
    return isFirst || told.event === "tokens_issued";
  });
}
