/**
 * Remembers for ten seconds what changes rarely and is asked at every request: clients, resources, signing keys. Every
 * decision built on a remembered client is checked again inside the database function that carries it out.
 */
import type { Client, Issued, OAuthStore, Resource, SigningKeys } from "../deps.ts";

const MOST_AGE_MS = 10_000;
/** Entries per kind, so that a flood of ids cannot fill the memory. */
const MOST_ENTRIES = 1000;

/** The same store, with reads of clients, resources and signing keys remembered. What is missing is not. */
export function cacheStore(store: OAuthStore, now: () => Date): OAuthStore {
  return cachedBy(store, {
    clients: cache(store.findClient, now, (client) => client !== null),
    resources: cache(() => store.listResources(), now, (list) => list.length > 0),
    signingKeys: cache(() => store.listSigningKeys(), now, ({ missing }) => missing !== "active"),
  });
}

/** One memory for all requests: what is only read is the same for each. */
interface Memory {
  readonly clients: Cache<Client | null>;
  readonly resources: Cache<readonly Resource[]>;
  readonly signingKeys: Cache<SigningKeys>;
}

function cachedBy(store: OAuthStore, memory: Memory): OAuthStore {
  const { clients, resources, signingKeys } = memory;
  const forgetChanged = (clientId: string, outcome: string) => {
    if (outcome === "client_changed") clients.forget(clientId);
  };
  /** Issues a token: if with a key that is not remembered, or not at all, keys are asked for again. */
  const issue = async <Outcome extends { outcome: string; issued?: Issued }>(
    clientId: string,
    issuing: Promise<Outcome>,
  ): Promise<Outcome> => {
    try {
      const outcome = await issuing;
      forgetChanged(clientId, outcome.outcome);
      const { issued } = outcome;
      if (issued !== undefined && !signingKeys.remembered("")?.keys.some(({ kid }) => kid === issued.kid)) {
        signingKeys.forget("");
      }
      return outcome;
    } catch (error) {
      signingKeys.forget("");
      throw error;
    }
  };
  return {
    ...store,
    forRequest: (origin) => cachedBy(store.forRequest(origin), memory),
    findClient: (id) => clients.get(id),
    listResources: () => resources.get(""),
    listSigningKeys: () => signingKeys.get(""),
    async createSigningKey(key) {
      const outcome = await store.createSigningKey(key);
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
    async recordUnreadClientKeys(keys) {
      await store.recordUnreadClientKeys(keys);
      clients.forget(keys.id);
    },
    async createAuthorizationRequest(request, limit) {
      const outcome = await store.createAuthorizationRequest(request, limit);
      forgetChanged(request.clientId, outcome.outcome);
      return outcome;
    },
    redeemAuthorizationCode: (redemption) =>
      issue(redemption.client.client.id, store.redeemAuthorizationCode(redemption)),
    issueServiceToken: (request) => issue(request.client.client.id, store.issueServiceToken(request)),
    rotateRefreshToken: (rotation) => issue(rotation.client.client.id, store.rotateRefreshToken(rotation)),
    async revokeToken(client, token) {
      const outcome = await store.revokeToken(client, token);
      forgetChanged(client.client.id, outcome.outcome);
      return outcome;
    },
    async introspectToken(client, token, limit) {
      const outcome = await store.introspectToken(client, token, limit);
      forgetChanged(client.client.id, outcome.outcome);
      return outcome;
    },
  };
}

interface Cache<Value> {
  get(key: string): Promise<Value>;
  /** However old. */
  remembered(key: string): Value | undefined;
  forget(key: string): void;
}

/** Keeps values that are worth it; the others are asked for again each time. */
function cache<Value>(
  load: (key: string) => Promise<Value>,
  now: () => Date,
  isKept: (value: Value) => boolean,
): Cache<Value> {
  const entries = new Map<string, { value: Value; at: number }>();
  return {
    async get(key: string): Promise<Value> {
      const at = now().getTime();
      const entry = entries.get(key);
      if (entry !== undefined && at - entry.at < MOST_AGE_MS) return entry.value;
      const value = await load(key);
      if (!isKept(value)) {
        entries.delete(key);
        return value;
      }
      const [oldest] = entries.keys();
      if (entries.size >= MOST_ENTRIES && oldest !== undefined) entries.delete(oldest);
      entries.set(key, { value, at });
      return value;
    },
    remembered: (key) => entries.get(key)?.value,
    forget(key: string) {
      entries.delete(key);
    },
  };
}
