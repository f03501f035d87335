/** Resources and authorization requests on Postgres. */
import { z } from "zod";
import type {
  ContinueAuthorizationRequestOutcome,
  CreateAuthorizationRequestOutcome,
  FindAuthorizationRequestOutcome,
  RequestOperations,
  Resource,
} from "../deps.ts";
import { type Call, details, jsonOf } from "./database_call.ts";
import { limited, limitedRow } from "./postgres_limits.ts";

const names = z.array(z.string());

const scopeRows = z.array(z.object({
  name: z.string(),
  description: z.object({ en: z.string(), ja: z.string() }),
  tools: names,
  detail: details.element.exactOptional(),
}));

const resourceRow = z.object({
  identifier: z.string(),
  name: z.string(),
  scopes: scopeRows,
  default_scope: names,
  is_default: z.boolean(),
}).transform((row): Resource => ({
  identifier: row.identifier,
  name: row.name,
  scopes: row.scopes,
  defaultScope: row.default_scope,
  isDefault: row.is_default,
}));

const createRow = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.enum(["created", "client_changed", "resource_unknown", "scope_unknown"]) }),
  limitedRow,
]).transform((row): CreateAuthorizationRequestOutcome => row.outcome === "limited" ? limited(row) : row);

const REQUEST_REFUSALS = ["not_found", "already_decided", "expired", "person_inactive"] as const;

const findRow = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.enum(REQUEST_REFUSALS) }),
  z.object({
    outcome: z.literal("found"),
    client: z.object({
      id: z.string(),
      name: z.string(),
      uri: z.string().nullable(),
      verified: z.boolean(),
      name_is_borrowed: z.boolean(),
    }).transform(({ name_is_borrowed, ...client }) => ({
      ...client,
      nameIsBorrowed: name_is_borrowed,
    })),
    redirect_uri: z.string(),
    resource: z.string(),
    scope: names,
    authorization_details: details,
    resource_scopes: scopeRows,
    earlier_scope: names,
  }),
]).transform((row): FindAuthorizationRequestOutcome =>
  row.outcome !== "found" ? row : {
    outcome: row.outcome,
    client: row.client,
    redirectUri: row.redirect_uri,
    resource: row.resource,
    scope: row.scope,
    authorizationDetails: row.authorization_details,
    resourceScopes: row.resource_scopes,
    earlierScope: row.earlier_scope,
  }
);

const decideRow = z.object({
  outcome: z.enum([
    "decided",
    "scope_empty",
    "scope_not_requested",
    "details_not_requested",
    ...REQUEST_REFUSALS,
  ]),
});

const continueRow = z.discriminatedUnion("outcome", [
  z.object({
    outcome: z.enum(["approved", "denied"]),
    redirect_uri: z.string(),
    state: z.string().nullable(),
  }),
  z.object({ outcome: z.enum(["wrong_browser", "already_continued", "expired", "not_found"]) }),
]).transform((row): ContinueAuthorizationRequestOutcome =>
  "redirect_uri" in row ? { outcome: row.outcome, redirectUri: row.redirect_uri, state: row.state } : row
);

/** RequestOperations over Postgres. */
export function postgresRequests(call: Call): RequestOperations {
  return {
    async listResources() {
      return z.array(resourceRow).parse(await call("select oauth.list_resources() as answer", []));
    },
    async createAuthorizationRequest(request, limit) {
      return createRow.parse(
        await call.procedure(
          `call oauth.lease_and_create_authorization_request(
            p_id_hash => $1::bytea, p_browser_hash => $2::bytea, p_client_id => $3::text, p_redirect_uri => $4::text,
            p_registered_redirect_uri => $5::text, p_resource => $6::text, p_scope => $7::text[],
            p_authorization_details => $8::jsonb, p_state => $9::text, p_code_challenge => $10::text,
            p_lifetime_seconds => $11::integer, p_address => $12::text, p_limit => $13::integer`,
          [
            request.idHash,
            request.browserHash,
            request.clientId,
            request.redirectUri,
            request.registeredRedirectUri,
            request.resource,
            request.scope,
            jsonOf(request.authorizationDetails),
            request.state,
            request.codeChallenge,
            request.lifetimeSeconds,
            limit?.address ?? null,
            limit?.perHour ?? 0,
          ],
        ),
      );
    },
    async findAuthorizationRequest(idHash, personId) {
      return findRow.parse(
        await call(
          "select oauth.find_authorization_request(p_id_hash => $1::bytea, p_person_id => $2::uuid) as answer",
          [idHash, personId],
        ),
      );
    },
    async decideAuthorizationRequest(decision) {
      return decideRow.parse(
        await call(
          `select oauth.decide_authorization_request(
            p_id_hash => $1::bytea, p_person_id => $2::uuid, p_decision => $3::text, p_scope => $4::text[],
            p_authorization_details => $5::jsonb, p_continue_secret_hash => $6::bytea
          ) as answer`,
          [
            decision.idHash,
            decision.personId,
            decision.decision,
            decision.scope,
            jsonOf(decision.authorizationDetails),
            decision.continueSecretHash,
          ],
        ),
      );
    },
    async continueAuthorizationRequest(continuation) {
      return continueRow.parse(
        await call(
          `select oauth.continue_authorization_request(
            p_continue_secret_hash => $1::bytea, p_browser_hash => $2::bytea, p_code_hash => $3::bytea,
            p_code_lifetime_seconds => $4::integer
          ) as answer`,
          [
            continuation.continueSecretHash,
            continuation.browserHash,
            continuation.codeHash,
            continuation.codeLifetimeSeconds,
          ],
        ),
      );
    },
  };
}
