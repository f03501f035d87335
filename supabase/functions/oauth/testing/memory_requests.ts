/**
 * Authorization requests in memory: `20261121000800_authorization_requests.sql` and `20261121000850_continuation.sql`, check
 * by check in their order.
 */
import type { OAuthStore } from "../deps.ts";
import { detailsOfScope, detailsWithinScope, narrowDetails, scopeOfDetails } from "./memory_details.ts";
import { lease } from "./memory_limits.ts";
import { expandScope } from "./memory_scope.ts";
import {
  consentKey,
  hashKey,
  insert,
  type MemoryTables,
  nowOf,
  personIsActive,
  refuseNul,
  type RequestRow,
} from "./memory_tables.ts";

type RequestOperations = Pick<
  OAuthStore,
  | "createAuthorizationRequest"
  | "findAuthorizationRequest"
  | "decideAuthorizationRequest"
  | "continueAuthorizationRequest"
>;

// deno-lint-ignore require-await
const atOnce = async <Value>(answer: () => Value): Promise<Value> => answer();

export function memoryRequests(tables: MemoryTables): RequestOperations {
  /** The one refusal order of find and decide. */
  const undecidable = (request: RequestRow | undefined, personId: string) => {
    if (request === undefined) return "not_found";
    if (request.decision !== null || request.endedAt !== null) {
      return "already_decided";
    }
    if (request.expiresAt <= nowOf(tables)) return "expired";
    return personIsActive(tables, personId) ? null : "person_inactive";
  };

  return {
    createAuthorizationRequest: (request, limit) =>
      atOnce(() => {
        const limited = lease(tables, "authorize", limit?.address ?? "", limit?.perHour ?? 0);
        if (limited !== null) return limited;
        refuseNul(
          request.redirectUri,
          request.registeredRedirectUri,
          request.state,
          request.scope,
        );
        const client = tables.clients.get(request.clientId);
        if (
          client === undefined || client.blocked ||
          !client.redirectUris.includes(request.registeredRedirectUri)
        ) {
          return { outcome: "client_changed" };
        }
        const resource = tables.resources.get(request.resource);
        if (resource === undefined) return { outcome: "resource_unknown" };
        const scope = expandScope(
          request.scope.length === 0 && request.authorizationDetails.length === 0
            ? resource.defaultScope
            : [...request.scope, ...scopeOfDetails(resource.scopes, request.authorizationDetails)],
          resource.scopes.map(({ name }) => name),
        );
        if (scope.length === 0) return { outcome: "scope_unknown" };
        hashKey(request.browserHash);
        insert(tables.requests, hashKey(request.idHash), {
          ...request,
          scope,
          authorizationDetails: detailsOfScope(resource.scopes, scope, request.authorizationDetails),
          grantedDetails: [],
          expiresAt: nowOf(tables) + request.lifetimeSeconds * 1000,
          decision: null,
          personId: null,
          grantedScope: null,
          continueKey: null,
          endedAt: null,
        });
        return { outcome: "created" };
      }),

    findAuthorizationRequest: (idHash, personId) =>
      atOnce(() => {
        const request = tables.requests.get(hashKey(idHash));
        const refusal = undecidable(request, personId);
        if (request === undefined || refusal !== null) {
          return { outcome: refusal ?? "not_found" };
        }
        const client = tables.clients.get(request.clientId);
        if (client === undefined || client.blocked) {
          return { outcome: "not_found" };
        }
        const earlier = tables.consents.get(
          consentKey(
            personId,
            client.id,
            request.registeredRedirectUri,
            request.resource,
          ),
        );
        return {
          outcome: "found",
          client: {
            id: client.id,
            name: client.name,
            uri: client.uri,
            verified: client.verified,
            nameIsBorrowed: nameIsBorrowed(client.name, request.redirectUri),
          },
          redirectUri: request.redirectUri,
          resource: request.resource,
          scope: [...request.scope],
          authorizationDetails: [...request.authorizationDetails],
          resourceScopes: tables.resources.get(request.resource)?.scopes ?? [],
          earlierScope: [...earlier ?? []],
        };
      }),

    decideAuthorizationRequest: (decision) =>
      atOnce(() => {
        refuseNul(decision.scope);
        const request = tables.requests.get(hashKey(decision.idHash));
        const refusal = undecidable(request, decision.personId);
        if (request === undefined || refusal !== null) {
          return { outcome: refusal ?? "not_found" };
        }
        const approves = decision.decision === "approve";
        if (approves && decision.scope.length === 0) {
          return { outcome: "scope_empty" };
        }
        if (
          approves &&
          !decision.scope.every((name) => request.scope.includes(name))
        ) {
          return { outcome: "scope_not_requested" };
        }
        const asked = request.authorizationDetails;
        const details = narrowDetails(asked, decision.authorizationDetails ?? asked);
        if (approves && details === null) return { outcome: "details_not_requested" };
        const continueKey = hashKey(decision.continueSecretHash);
        if (findByContinueKey(tables, continueKey) !== undefined) {
          throw new Error("violates: a continue secret belongs to one request");
        }
        request.decision = decision.decision;
        request.personId = decision.personId;
        request.grantedScope = approves
          ? request.scope.filter((name) => decision.scope.includes(name))
          : null;
        const resourceScopes = tables.resources.get(request.resource)?.scopes ?? [];
        request.grantedDetails = approves
          ? detailsWithinScope(resourceScopes, decision.scope, details ?? [])
          : [];
        request.continueKey = continueKey;
        return { outcome: "decided" };
      }),

    continueAuthorizationRequest: (continuation) =>
      atOnce(() => {
        const request = findByContinueKey(
          tables,
          hashKey(continuation.continueSecretHash),
        );
        if (request === undefined) return { outcome: "not_found" };
        if (request.endedAt !== null) return { outcome: "already_continued" };
        const now = nowOf(tables);
        request.endedAt = now;
        if (request.expiresAt <= now) return { outcome: "expired" };
        const { browserHash } = continuation;
        if (
          browserHash === null ||
          hashKey(browserHash) !== hashKey(request.browserHash)
        ) {
          return { outcome: "wrong_browser" };
        }
        const client = tables.clients.get(request.clientId);
        if (client === undefined || client.blocked) {
          return { outcome: "not_found" };
        }
        const {
          redirectUri,
          state,
          clientId,
          resource,
          personId,
          grantedScope,
        } = request;
        if (personId === null || grantedScope === null) {
          return { outcome: "denied", redirectUri, state };
        }
        insert(tables.codes, hashKey(continuation.codeHash), {
          clientId,
          personId,
          redirectUri,
          resource,
          scope: grantedScope,
          authorizationDetails: request.grantedDetails,
          codeChallenge: request.codeChallenge,
          expiresAt: now + continuation.codeLifetimeSeconds * 1000,
          usedAt: null,
          familyId: null,
        });
        const key = consentKey(
          personId,
          clientId,
          request.registeredRedirectUri,
          resource,
        );
        tables.consents.set(key, grantedScope);
        return { outcome: "approved", redirectUri, state };
      }),
  };
}

/** `oauth.name_is_borrowed`, with one of the names. */
function nameIsBorrowed(name: string, redirectUri: string): boolean {
  const { protocol, hostname } = new URL(redirectUri);
  return /\bclaude/i.test(name) && protocol === "https:" && hostname !== "claude.ai";
}

function findByContinueKey(
  tables: MemoryTables,
  key: string,
): RequestRow | undefined {
  return [...tables.requests.values()].find((request) => request.continueKey === key);
}
