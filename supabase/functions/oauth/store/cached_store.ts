/**
 * Remembers for ten seconds what changes rarely and is asked at every request: clients, resources, signing keys. Every
 * decision built on a remembered client is checked again inside the database function that carries it out.
 */
import type { Client, OAuthStore, Resource, StoredSigningKey } from "../deps.ts";

const MOST_AGE_MS = 10_000;
/** Entries per kind, so that a flood of ids cannot fill the memory. */
const MOST_ENTRIES = 1000;

/** The same store, with reads of clients, resources and signing keys remembered. What is missing is not. */
export function cacheStore(store: OAuthStore, now: () => Date): OAuthStore {
  return cachedBy(store, {
    clients: cache(store.findClient, now),
    resources: cache(() => store.listResources(), now),
    signingKeys: cache(() => store.listSigningKeys(), now),
  });
}

/** One memory for all requests: what is only read is the same for each. */
interface Memory {
  readonly clients: Cache<Client | null>;
  readonly resources: Cache<readonly Resource[]>;
  readonly signingKeys: Cache<readonly StoredSigningKey[]>;
}

function cachedBy(store: OAuthStore, memory: Memory): OAuthStore {
  const { clients, resources, signingKeys } = memory;
  const forgetChanged = (clientId: string, outcome: string) => {
    if (outcome === "client_changed") clients.forget(clientId);
  };
  return {
    ...store,
    forRequest: (origin) => cachedBy(store.forRequest(origin), memory),
    findClient: (id) => clients.get(id),
    listResources: () => resources.get(""),
    listSigningKeys: () => signingKeys.get(""),
    async createFirstSigningKey(key) {
      const outcome = await store.createFirstSigningKey(key);
      signingKeys.forget("");
      return outcome;
    },
    async recordClientDocument(document) {
      const outcome = await store.recordClientDocument(document);
      clients.forget(document.id);
      return outcome;
    },
    async recordClientKeys(keys) {
      const outcome = await store.recordClientKeys(keys);
      clients.forget(keys.id);
      return outcome;
    },
    async createAuthorizationRequest(request) {
      const outcome = await store.createAuthorizationRequest(request);
      forgetChanged(request.clientId, outcome.outcome);
      return outcome;
    },
    async redeemAuthorizationCode(redemption) {
      const outcome = await store.redeemAuthorizationCode(redemption);
      forgetChanged(redemption.client.client.id, outcome.outcome);
      return outcome;
    },
    async issueServiceToken(request) {
      const outcome = await store.issueServiceToken(request);
      forgetChanged(request.client.client.id, outcome.outcome);
      return outcome;
    },
    async revokeToken(client, token) {
      const outcome = await store.revokeToken(client, token);
      forgetChanged(client.client.id, outcome.outcome);
      return outcome;
    },
    async introspectToken(client, token) {
      const outcome = await store.introspectToken(client, token);
      forgetChanged(client.client.id, outcome.outcome);
      return outcome;
    },
    async rotateRefreshToken(rotation) {
      const outcome = await store.rotateRefreshToken(rotation);
      forgetChanged(rotation.client.client.id, outcome.outcome);
      return outcome;
    },
  };
}

interface Cache<Value> {
  get(key: string): Promise<Value>;
  forget(key: string): void;
}

/** Keeps found values; null and the empty list are asked for again each time. */
function cache<Value>(load: (key: string) => Promise<Value>, now: () => Date): Cache<Value> {
  const entries = new Map<string, { value: Value; at: number }>();
  return {
    async get(key: string): Promise<Value> {
      const at = now().getTime();
      const entry = entries.get(key);
      if (entry !== undefined && at - entry.at < MOST_AGE_MS) return entry.value;
      const value = await load(key);
      if (value === null || (Array.isArray(value) && value.length === 0)) {
        entries.delete(key);
        return value;
      }
      const [oldest] = entries.keys();
      if (entries.size >= MOST_ENTRIES && oldest !== undefined) entries.delete(oldest);
      entries.set(key, { value, at });
      return value;
    },
    forget(key: string) {
      entries.delete(key);
    },
  };
}
