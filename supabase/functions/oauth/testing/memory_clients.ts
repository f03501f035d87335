/** Clients in memory: `20261121000300_clients.sql`, `…0350_client_documents.sql` and the keys of `…0360_client_authentication.sql`. */
import type { Bytes } from "../../_shared/encoding.ts";
import type {
  AddressLimit,
  ClientKeys,
  CreateClientOutcome,
  Limited,
  NewClient,
  OAuthStore,
  RecordedClientDocument,
} from "../deps.ts";
import {
  atOnce,
  type ClientRow,
  hashKey,
  insert,
  type MemoryTables,
  nowOf,
  refuseNul,
} from "./memory_tables.ts";

/** How long the token endpoint lives on a kept document, or on kept keys. */
const USABLE_MS = 86_400_000;
/** How long a registration counts that no flow has completed. */
const HOUR_MS = 3_600_000;
/** Keys are not asked for again sooner: after they were read, and after they could not be. */
const KEYS_REST_MS = { read: 60_000, unread: 10_000 };

type ClientOperations = Pick<
  OAuthStore,
  | "findClient"
  | "createClient"
  | "recordClientDocument"
  | "recordClientKeys"
  | "recordUnreadClientKeys"
  | "recordRefusal"
>;

export function memoryClients(tables: MemoryTables): ClientOperations {
  return {
    findClient: (id) =>
      atOnce(() => {
        refuseNul(id);
        const row = tables.clients.get(id);
        if (row === undefined || row.blocked) return null;
        const {
          verified,
          name,
          uri,
          tokenEndpointAuthMethod,
          secretHash,
          redirectUris,
          grantTypes,
          read,
        } = row;
        return {
          id,
          verified,
          name,
          uri,
          tokenEndpointAuthMethod,
          secretHash,
          keys: keysOf(row, nowOf(tables)),
          redirectUris,
          grantTypes,
          document: read === undefined ? null : {
            isFresh: read.freshUntil > nowOf(tables),
            isUsable: read.at > nowOf(tables) - USABLE_MS,
          },
        };
      }),
    recordClientDocument: (document) => atOnce(() => recordDocument(tables, document)),
    recordClientKeys: ({ id, jwksUri, jwks, freshSeconds }) =>
      atOnce(() => {
        const row = tables.clients.get(id);
        if (row === undefined || row.jwksUri !== jwksUri) return "client_changed";
        const at = nowOf(tables);
        const keysRead = { at, freshUntil: at + freshSeconds * 1000 };
        tables.clients.set(id, { ...row, jwks, keysRead, keysRestUntil: at + KEYS_REST_MS.read });
        return "recorded";
      }),
    recordUnreadClientKeys: ({ id, jwksUri }) =>
      atOnce(() => {
        const row = tables.clients.get(id);
        if (row === undefined || row.jwksUri !== jwksUri) return;
        tables.clients.set(id, { ...row, keysRestUntil: nowOf(tables) + KEYS_REST_MS.unread });
      }),
    // Nothing of the contract can be asked back: the audit trail has tests of its own.
    recordRefusal: (clientId) => atOnce(() => refuseNul(clientId)),
    createClient: (client, tokenHash, limit) => atOnce(() => createClient(tables, client, tokenHash, limit)),
  };
}

/** `oauth.create_client`, with `20261121000280_registration_tokens.sql` check by check. */
function createClient(
  tables: MemoryTables,
  client: NewClient,
  registrationTokenHash: Bytes | null,
  limit?: AddressLimit,
): CreateClientOutcome {
  const createdAt = Math.floor(nowOf(tables) / 1000);
  if (registrationTokenHash === null) {
    const limited = limit === undefined ? null : limitRegistrations(tables, limit);
    if (limited !== null) return limited;
    insertClient(tables, client, false);
    const row = tables.clients.get(client.id);
    if (row !== undefined && limit !== undefined && limit.perHour > 0) {
      tables.clients.set(client.id, { ...row, registered: { address: limit.address, at: nowOf(tables) } });
    }
    return { outcome: "created", createdAt };
  }
  // `oauth.redeem_registration_token`.
  const token = tables.registrationTokens.get(hashKey(registrationTokenHash));
  if (token === undefined) return { outcome: "token_unknown" };
  if (token.revoked) return { outcome: "token_revoked" };
  if (token.expiresAt <= nowOf(tables)) return { outcome: "token_expired" };
  if (token.uses >= token.mostUses) return { outcome: "token_used_up" };
  insertClient(tables, client, false);
  token.uses += 1;
  return { outcome: "created", createdAt };
}

function limitRegistrations(tables: MemoryTables, { address, perHour }: AddressLimit): Limited | null {
  if (perHour === 0) return null;
  const now = nowOf(tables);
  const unused = [...tables.clients.values()]
    .flatMap(({ registered, used }) => registered?.address === address && !used ? [registered.at] : [])
    .filter((at) => at > now - HOUR_MS)
    .sort((a, b) => b - a);
  const at = unused[perHour - 1];
  if (at === undefined) return null;
  return { outcome: "limited", retryAfterSeconds: Math.max(1, Math.ceil((at + HOUR_MS - now) / 1000)) };
}

function recordDocument(
  tables: MemoryTables,
  { id, freshSeconds, ...said }: RecordedClientDocument,
): "created" | "unchanged" | "drifted" {
  refuseNul(id, said.name, said.redirectUris);
  const read = { at: nowOf(tables), freshUntil: nowOf(tables) + freshSeconds * 1000 };
  const known = tables.clients.get(id);
  const described = { ...said, read };
  if (known === undefined) {
    const given = {
      id,
      uri: id,
      applicationType: "web",
      secretHash: null,
    } as const;
    const row = {
      ...given,
      ...described,
      responseTypes: ["code"],
      scope: null,
      verified: false,
      blocked: false,
    };
    tables.clients.set(id, row);
    return "created";
  }
  const { keysRead, keysRestUntil, ...rest } = known;
  const sameKeysUri = said.jwksUri !== null && said.jwksUri === known.jwksUri;
  const kept = sameKeysUri && keysRead !== undefined ? { jwks: known.jwks, keysRead } : {};
  const resting = sameKeysUri && keysRestUntil !== undefined ? { keysRestUntil } : {};
  const current = { ...rest, ...described, ...kept, ...resting };
  tables.clients.set(id, current);
  if (
    known.name === said.name && asSet(known.redirectUris) === asSet(said.redirectUris) &&
    known.tokenEndpointAuthMethod === said.tokenEndpointAuthMethod && known.jwksUri === said.jwksUri
  ) {
    return "unchanged";
  }
  for (const key of tables.consents.keys()) {
    if (key.split("\n")[1] === id) tables.consents.delete(key);
  }
  tables.clients.set(id, { ...current, verified: false });
  return "drifted";
}

/** The same text for the same texts, in whatever order. */
function asSet(texts: readonly string[]): string {
  return [...new Set(texts)].sort().join("\n");
}

function keysOf(
  { tokenEndpointAuthMethod, jwks, jwksUri, keysRead, keysRestUntil }: ClientRow,
  now: number,
): ClientKeys | null {
  if (tokenEndpointAuthMethod !== "private_key_jwt") return null;
  const own = jwksUri === null;
  return {
    list: jwks ?? [],
    uri: jwksUri,
    isFresh: own || (keysRead?.freshUntil ?? 0) > now,
    isUsable: own || (keysRead?.at ?? 0) > now - USABLE_MS,
    mayBeAskedFor: !own && (keysRestUntil ?? 0) <= now,
  };
}

/** A row for a client of anyone's. @throws like the constraints of `oauth.clients`. */
export function insertClient(
  tables: MemoryTables,
  client: NewClient,
  verified: boolean,
): void {
  refuseNul(
    client.id,
    client.name,
    client.uri,
    client.redirectUris,
    client.scope,
  );
  if (/^[0-9a-f]{32}$/i.test(client.id.replaceAll(/[{}-]/g, ""))) {
    throw new Error("violates: a client id is never uuid shaped");
  }
  if (client.tokenEndpointAuthMethod.startsWith("client_secret") !== (client.secretHash !== null)) {
    throw new Error("violates: a client has a secret exactly when it uses one");
  }
  if (
    (client.tokenEndpointAuthMethod === "private_key_jwt") !==
      (client.jwks !== null || client.jwksUri !== null)
  ) {
    throw new Error("violates: a client has keys exactly when it uses them");
  }
  const row: ClientRow = { ...client, verified, blocked: false };
  insert(tables.clients, client.id, row);
}
