/**
 * Codes and refresh tokens in memory: `20261121001000_code_redemption.sql` and `20261121000900_refresh_tokens.sql`, check
 * by check in their order.
 */
import type {
  AuthorizationDetail,
  CodeRedemption,
  IssueServiceTokenOutcome,
  OAuthStore,
  ProposedTokens,
  RedeemAuthorizationCodeOutcome,
  RotateRefreshTokenOutcome,
  Rotation,
  ServiceTokenRequest,
} from "../deps.ts";
import { detailsWithinScope } from "./memory_details.ts";
import { assignSigningKid } from "./memory_keys.ts";
import { lease, leaseRefresh } from "./memory_limits.ts";
import { expandScope, isWildcard } from "./memory_scope.ts";
import {
  type FamilyRow,
  hashKey,
  insert,
  markUsed,
  type MemoryTables,
  nowOf,
  personIsActive,
  type RefreshTokenRow,
  refuseClient,
  refuseNul,
} from "./memory_tables.ts";

const MOST_REPLAYS = 100;

type TokenOperations = Pick<
  OAuthStore,
  "redeemAuthorizationCode" | "rotateRefreshToken" | "issueServiceToken"
>;

export function memoryTokens(tables: MemoryTables): TokenOperations {
  return {
    // deno-lint-ignore require-await
    async redeemAuthorizationCode(redemption) {
      return redeem(tables, redemption);
    },
    // deno-lint-ignore require-await
    async rotateRefreshToken(rotation) {
      return rotate(tables, rotation);
    },
    // deno-lint-ignore require-await
    async issueServiceToken(request) {
      return lease(tables, "client_credentials", request.client.client.id, request.perHour) ??
        issueService(tables, request);
    },
  };
}

function issueService(tables: MemoryTables, request: ServiceTokenRequest): IssueServiceTokenOutcome {
  const clientId = request.client.client.id;
  const refusal = refuseClient(tables, request.client);
  if (refusal !== null) return { outcome: refusal };
  const resource = [...tables.resources.values()].find((candidate) =>
    request.resource === null ? candidate.isDefault : candidate.identifier === request.resource
  );
  if (resource === undefined) return { outcome: "resource_unknown" };
  const offered = resource.scopes.map(({ name }) => name);
  const allowed = expandScope(tables.clients.get(clientId)?.serviceScope ?? [], offered);
  const scope = expandScope(request.scope ?? allowed, allowed);
  if (scope.length === 0) return { outcome: "scope_exceeded" };
  const authorizationDetails: readonly AuthorizationDetail[] = [];
  const token = { id: null, clientId, personId: null, resource: resource.identifier, authorizationDetails };
  const kid = recordAccessToken(tables, request, token, scope);
  markUsed(tables, clientId);
  const issuedAt = Math.floor(nowOf(tables) / 1000);
  return {
    outcome: "issued",
    issued: { personId: null, resource: resource.identifier, scope, authorizationDetails, issuedAt, kid },
  };
}

function redeem(
  tables: MemoryTables,
  redemption: CodeRedemption,
): RedeemAuthorizationCodeOutcome {
  const { client: { client, assertion }, redirectUri, resource } = redemption;
  refuseNul(client.id, redirectUri, resource);
  const refusal = refuseClient(tables, redemption.client);
  if (refusal !== null) return { outcome: refusal };
  const code = tables.codes.get(hashKey(redemption.codeHash));
  if (code === undefined) return { outcome: "not_found" };
  const now = nowOf(tables);

  if (code.clientId !== client.id) return { outcome: "client_mismatch" };
  if (redirectUri !== null && redirectUri !== code.redirectUri) {
    return { outcome: "redirect_uri_mismatch" };
  }
  if (redemption.codeChallenge !== code.codeChallenge) {
    return { outcome: "verifier_mismatch" };
  }
  if (code.usedAt !== null) {
    if (now < code.usedAt + redemption.replaySeconds * 1000) {
      return { outcome: "replayed" };
    }
    revoke(
      tables.families.get(code.familyId ?? ""),
      "authorization code replayed",
    );
    return { outcome: "replayed_and_revoked" };
  }
  if (code.expiresAt <= now) return { outcome: "expired" };
  if (resource !== null && resource !== code.resource) {
    return { outcome: "resource_mismatch" };
  }
  if (!personIsActive(tables, code.personId)) {
    return { outcome: "person_inactive" };
  }

  const refreshable = tables.clients.get(client.id)?.grantTypes.includes("refresh_token") ??
    false;
  const seconds = Math.max(
    redemption.accessTokenSeconds,
    refreshable ? redemption.refreshTokenSeconds : 0,
  );
  const family: FamilyRow = {
    id: crypto.randomUUID(),
    clientId: code.clientId,
    personId: code.personId,
    resource: code.resource,
    scope: code.scope,
    authorizationDetails: code.authorizationDetails,
    keyBound: assertion !== null,
    expiresAt: now + seconds * 1000,
    revokedBecause: null,
  };
  // First what may fail: nothing here is rolled back.
  const kid = recordAccessToken(tables, redemption, family, code.scope);
  insert(tables.families, family.id, family);
  if (refreshable) {
    const expiresAt = now + redemption.refreshTokenSeconds * 1000;
    insert(
      tables.refreshTokens,
      hashKey(redemption.refreshTokenHash),
      newToken(family.id, 1, now, expiresAt),
    );
  }
  code.usedAt = now;
  code.familyId = family.id;
  markUsed(tables, client.id);
  return {
    outcome: "redeemed",
    issued: issued(family, code.scope, now, kid),
    refreshable,
  };
}

function rotate(
  tables: MemoryTables,
  rotation: Rotation,
): RotateRefreshTokenOutcome {
  const { client: { client, assertion }, resource, scope } = rotation;
  refuseNul(client.id, resource, scope);
  const token = tables.refreshTokens.get(hashKey(rotation.tokenHash));
  const family = tables.families.get(token?.familyId ?? "");
  const limited = leaseRefresh(tables, family, rotation);
  const refusal = refuseClient(tables, rotation.client);
  if (refusal !== null) return { outcome: refusal };
  if (token === undefined || family === undefined) return { outcome: "not_found" };
  const now = nowOf(tables);

  if (family.clientId !== client.id) return { outcome: "client_mismatch" };
  if (family.keyBound && assertion === null) return { outcome: "key_required" };
  if (family.revokedBecause !== null) return { outcome: "revoked" };
  if (!personIsActive(tables, family.personId)) return { outcome: "person_inactive" };
  if (Math.max(token.expiresAt, token.replayUntil ?? 0) <= now) return { outcome: "expired" };
  if (resource !== null && resource !== family.resource) {
    return { outcome: "resource_mismatch" };
  }
  const narrowed = expandScope(scope ?? family.scope, family.scope);
  if (
    narrowed.length === 0 ||
    !(scope ?? []).every((name) => isWildcard(name) || family.scope.includes(name))
  ) {
    return { outcome: "scope_exceeded" };
  }
  const offered = tables.resources.get(family.resource)?.scopes ?? [];
  const authorizationDetails = detailsWithinScope(offered, narrowed, family.authorizationDetails);
  const issuing = { ...family, authorizationDetails };

  const accessExpiresAt = now + rotation.accessTokenSeconds * 1000;
  if (token.rotatedAt === null) {
    if (limited !== null) return limited;
    const expiresAt = now + rotation.refreshTokenSeconds * 1000;
    const successorKey = hashKey(rotation.successorHash);
    const kid = recordAccessToken(tables, rotation, issuing, narrowed);
    insert(
      tables.refreshTokens,
      successorKey,
      newToken(family.id, token.generation + 1, now, expiresAt),
    );
    token.rotatedAt = now;
    token.successorKey = successorKey;
    token.sealedSuccessor = rotation.replaySeconds > 0 ? rotation.sealedSuccessor : null;
    token.replayUntil = now + rotation.replaySeconds * 1000;
    const before = [...tables.refreshTokens.values()].find((other) =>
      other.familyId === family.id && other.generation === token.generation - 1
    );
    if (before !== undefined) before.sealedSuccessor = null;
    family.expiresAt = Math.max(family.expiresAt, accessExpiresAt, expiresAt);
    family.keyBound ||= assertion !== null;
    return { outcome: "rotated", issued: issued(issuing, narrowed, now, kid) };
  }

  const successor = tables.refreshTokens.get(token.successorKey ?? "");
  const { sealedSuccessor } = token;
  if (
    now >= (token.replayUntil ?? 0) || successor?.rotatedAt !== null ||
    sealedSuccessor === null
  ) {
    revoke(family, "refresh token reused");
    return { outcome: "reused" };
  }
  if (token.replayCount >= MOST_REPLAYS) return { outcome: "replays_exhausted" };
  if (limited !== null) return limited;
  token.replayCount += 1;
  const kid = recordAccessToken(tables, rotation, issuing, narrowed);
  family.expiresAt = Math.max(family.expiresAt, accessExpiresAt);
  family.keyBound ||= assertion !== null;
  return {
    outcome: "replayed",
    issued: issued(issuing, narrowed, now, kid),
    sealedSuccessor,
  };
}

/** Records the access token that was proposed, for this family or for a client in its own name. Answers which key signs it. */
function recordAccessToken(
  tables: MemoryTables,
  proposed: ProposedTokens,
  { id: familyId, clientId, personId, resource, authorizationDetails }:
    & Pick<FamilyRow, "clientId" | "resource" | "authorizationDetails">
    & { readonly id: string | null; readonly personId: string | null },
  scope: readonly string[],
): string {
  if (proposed.jti.length !== 22) {
    throw new Error("violates: a jti has 128 bits");
  }
  const expiresAt = nowOf(tables) + proposed.accessTokenSeconds * 1000;
  const row = {
    familyId,
    clientId,
    personId,
    resource,
    scope,
    authorizationDetails,
    issuedAt: nowOf(tables),
    expiresAt,
    kid: assignSigningKid(tables),
    revoked: false,
  };
  insert(tables.accessTokens, proposed.jti, row);
  return row.kid;
}

/** `oauth.revoke_token_family`: the first reason stays. */
function revoke(family: FamilyRow | undefined, because: string): void {
  if (family !== undefined) family.revokedBecause ??= because;
}

function newToken(
  familyId: string,
  generation: number,
  issuedAt: number,
  expiresAt: number,
): RefreshTokenRow {
  return {
    familyId,
    generation,
    issuedAt,
    expiresAt,
    rotatedAt: null,
    successorKey: null,
    sealedSuccessor: null,
    replayUntil: null,
    replayCount: 0,
  };
}

function issued(family: FamilyRow, scope: readonly string[], now: number, kid: string) {
  const { personId, resource } = family;
  return {
    personId,
    resource,
    scope: [...scope],
    authorizationDetails: [...family.authorizationDetails],
    issuedAt: Math.floor(now / 1000),
    kid,
  };
}
