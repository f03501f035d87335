/** Revocation and introspection in memory: `20261121001070_token_revocation.sql` and `…1080_token_introspection.sql`. */
import type {
  AuthenticatedClient,
  AuthorizationDetail,
  IntrospectTokenOutcome,
  OwnerOperations,
  PresentedToken,
  RevokeTokenOutcome,
} from "../deps.ts";
import { lease } from "./memory_limits.ts";
import {
  accessTokenIsLive,
  atOnce,
  hashKey,
  type MemoryTables,
  nowOf,
  personIsActive,
  refuseClient,
} from "./memory_tables.ts";

export function memoryOwners(tables: MemoryTables): OwnerOperations {
  return {
    revokeToken: (client, token) => atOnce(() => revoke(tables, client, token)),
    introspectToken: (client, token, limit) =>
      atOnce(() =>
        lease(tables, "introspect", limit?.subject ?? "", limit?.perHour ?? 0) ??
          introspect(tables, client, token)
      ),
  };
}

function revoke(
  tables: MemoryTables,
  client: AuthenticatedClient,
  token: PresentedToken,
): RevokeTokenOutcome {
  const refusal = refuseClient(tables, client);
  if (refusal !== null) return { outcome: refusal };
  if (token.kind === "access_token") {
    const known = tables.accessTokens.get(token.jti);
    if (known === undefined) return { outcome: "unknown" };
    if (known.clientId !== client.client.id) return { outcome: "client_mismatch" };
    tables.accessTokens.set(token.jti, { ...known, revoked: true });
    return { outcome: "revoked" };
  }
  const family = tables.families.get(tables.refreshTokens.get(hashKey(token.tokenHash))?.familyId ?? "");
  if (family === undefined) return { outcome: "unknown" };
  if (family.clientId !== client.client.id) return { outcome: "client_mismatch" };
  family.revokedBecause ??= "revoked by the client";
  return { outcome: "revoked" };
}

function introspect(
  tables: MemoryTables,
  client: AuthenticatedClient,
  token: PresentedToken,
): IntrospectTokenOutcome {
  const refusal = refuseClient(tables, client);
  if (refusal !== null) return { outcome: refusal };
  const { id } = client.client;
  if (token.kind === "access_token") {
    const known = tables.accessTokens.get(token.jti);
    if (known === undefined || !accessTokenIsLive(tables, token.jti, known.resource)) {
      return { outcome: "inactive" };
    }
    const proved = client.secretHash !== null || client.assertion !== null;
    const isResource = proved && tables.clients.get(id)?.resource === known.resource;
    if (known.clientId !== id && !isResource) return { outcome: "inactive" };
    return answer(token.kind, token.jti, known);
  }
  const known = tables.refreshTokens.get(hashKey(token.tokenHash));
  const family = tables.families.get(known?.familyId ?? "");
  if (known === undefined || family === undefined || family.clientId !== id) return { outcome: "inactive" };
  if (known.rotatedAt !== null || known.expiresAt <= nowOf(tables)) return { outcome: "inactive" };
  if (family.revokedBecause !== null || !personIsActive(tables, family.personId)) {
    return { outcome: "inactive" };
  }
  return answer(token.kind, null, { ...family, issuedAt: known.issuedAt, expiresAt: known.expiresAt });
}

function answer(
  kind: PresentedToken["kind"],
  jti: string | null,
  known: {
    clientId: string;
    personId: string | null;
    resource: string;
    scope: readonly string[];
    authorizationDetails: readonly AuthorizationDetail[];
    issuedAt: number;
    expiresAt: number;
  },
): IntrospectTokenOutcome {
  const { clientId, personId, resource, scope, authorizationDetails } = known;
  const [issuedAt, expiresAt] = [known.issuedAt, known.expiresAt].map((at) => Math.floor(at / 1000));
  const token = { kind, jti, clientId, personId, resource, scope, authorizationDetails };
  return { outcome: "active", token: { ...token, issuedAt: issuedAt ?? 0, expiresAt: expiresAt ?? 0 } };
}
