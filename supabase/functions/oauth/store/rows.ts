/**
 * What the SQL functions answer, read strictly: an outcome that TypeScript does not name is a bug and throws here, at
 * the border, instead of being mistaken for another.
 */
import type { JWK } from "jose";
import { z } from "zod";
import type {
  Client,
  ContinueAuthorizationRequestOutcome,
  CreateAuthorizationRequestOutcome,
  CreateClientOutcome,
  DecideAuthorizationRequestOutcome,
  FindAuthorizationRequestOutcome,
  IntrospectTokenOutcome,
  IssueServiceTokenOutcome,
  RedeemAuthorizationCodeOutcome,
  Resource,
  RevokeTokenOutcome,
  RotateRefreshTokenOutcome,
  StoredSigningKey,
} from "../deps.ts";

const base64 = z.string().transform((text) =>
  Uint8Array.from(atob(text.replaceAll("\n", "")), (c) => c.charCodeAt(0))
);
const names = z.array(z.string());

/** Public keys as `parseClientKeys` left them. */
const jwks = z.array(z.looseObject({ kty: z.string() }));

const clientRow = z.object({
  id: z.string(),
  verified: z.boolean(),
  name: z.string(),
  uri: z.string().nullable(),
  token_endpoint_auth_method: z.enum([
    "none",
    "client_secret_basic",
    "client_secret_post",
    "private_key_jwt",
  ]),
  secret_hash: base64.nullable(),
  keys: z.object({
    list: jwks,
    uri: z.string().nullable(),
    is_fresh: z.boolean(),
    is_usable: z.boolean(),
    may_be_asked_for: z.boolean(),
  }).nullable(),
  redirect_uris: names,
  grant_types: names,
  document: z.object({ is_fresh: z.boolean(), is_usable: z.boolean() }).nullable(),
}).transform((row): Client => ({
  id: row.id,
  verified: row.verified,
  name: row.name,
  uri: row.uri,
  tokenEndpointAuthMethod: row.token_endpoint_auth_method,
  secretHash: row.secret_hash,
  keys: row.keys === null ? null : {
    list: row.keys.list,
    uri: row.keys.uri,
    isFresh: row.keys.is_fresh,
    isUsable: row.keys.is_usable,
    mayBeAskedFor: row.keys.may_be_asked_for,
  },
  redirectUris: row.redirect_uris,
  grantTypes: row.grant_types,
  document: row.document === null
    ? null
    : { isFresh: row.document.is_fresh, isUsable: row.document.is_usable },
}));

const createClientRow = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("created"), created_at: z.number().int() }),
  z.object({ outcome: z.enum(["token_unknown", "token_revoked", "token_expired", "token_used_up"]) }),
]).transform((row): CreateClientOutcome =>
  row.outcome === "created" ? { outcome: row.outcome, createdAt: row.created_at } : row
);

const scopeRows = z.array(z.object({
  name: z.string(),
  description: z.object({ en: z.string(), ja: z.string() }),
  tools: names,
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

const createRow = z.object({
  outcome: z.enum(["created", "client_changed", "resource_unknown", "scope_unknown"]),
});

const REQUEST_REFUSALS = ["not_found", "already_decided", "expired", "person_inactive"] as const;

const findRow = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.enum(REQUEST_REFUSALS) }),
  z.object({
    outcome: z.literal("found"),
    client: z.object({ id: z.string(), name: z.string(), uri: z.string().nullable(), verified: z.boolean() }),
    redirect_uri: z.string(),
    resource: z.string(),
    scope: names,
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
    resourceScopes: row.resource_scopes,
    earlierScope: row.earlier_scope,
  }
);

const decideRow = z.object({
  outcome: z.enum(["decided", "scope_empty", "scope_not_requested", ...REQUEST_REFUSALS]),
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

const issuedRow = z.object({
  person_id: z.string(),
  resource: z.string(),
  scope: names,
  issued_at: z.number().int(),
});

const issued = (row: Omit<z.infer<typeof issuedRow>, "person_id"> & { person_id: string | null }) => ({
  personId: row.person_id,
  resource: row.resource,
  scope: row.scope,
  issuedAt: row.issued_at,
});

const ADMISSION_REFUSALS = ["client_changed", "assertion_replayed"] as const;

const redeemRow = z.discriminatedUnion("outcome", [
  issuedRow.extend({ outcome: z.literal("redeemed"), refreshable: z.boolean() }),
  z.object({
    outcome: z.enum([
      ...ADMISSION_REFUSALS,
      "not_found",
      "client_mismatch",
      "redirect_uri_mismatch",
      "verifier_mismatch",
      "expired",
      "resource_mismatch",
      "person_inactive",
      "replayed",
      "replayed_and_revoked",
    ]),
  }),
]).transform((row): RedeemAuthorizationCodeOutcome =>
  row.outcome === "redeemed"
    ? { outcome: row.outcome, issued: issued(row), refreshable: row.refreshable }
    : row
);

const rotateRow = z.discriminatedUnion("outcome", [
  issuedRow.extend({ outcome: z.literal("rotated") }),
  issuedRow.extend({ outcome: z.literal("replayed"), sealed_successor: z.string() }),
  z.object({
    outcome: z.enum([
      ...ADMISSION_REFUSALS,
      "not_found",
      "client_mismatch",
      "key_required",
      "revoked",
      "person_inactive",
      "expired",
      "resource_mismatch",
      "scope_exceeded",
      "replays_exhausted",
      "reused",
    ]),
  }),
]).transform((row): RotateRefreshTokenOutcome => {
  if (row.outcome === "rotated") return { outcome: row.outcome, issued: issued(row) };
  if (row.outcome === "replayed") {
    return { outcome: row.outcome, issued: issued(row), sealedSuccessor: row.sealed_successor };
  }
  return row;
});

const issueServiceRow = z.discriminatedUnion("outcome", [
  issuedRow.omit({ person_id: true }).extend({ outcome: z.literal("issued") }),
  z.object({ outcome: z.enum([...ADMISSION_REFUSALS, "resource_unknown", "scope_exceeded"]) }),
]).transform((row): IssueServiceTokenOutcome =>
  row.outcome === "issued" ? { outcome: row.outcome, issued: issued({ ...row, person_id: null }) } : row
);

const revokeRow = z.object({
  outcome: z.enum([...ADMISSION_REFUSALS, "revoked", "unknown", "client_mismatch"]),
});

const introspectRow = z.discriminatedUnion("outcome", [
  z.object({
    outcome: z.literal("active"),
    kind: z.enum(["access_token", "refresh_token"]),
    jti: z.string().nullable().default(null),
    client_id: z.string(),
    person_id: z.string().nullable(),
    resource: z.string(),
    scope: names,
    issued_at: z.number().int(),
    expires_at: z.number().int(),
  }),
  z.object({ outcome: z.enum([...ADMISSION_REFUSALS, "inactive"]) }),
]).transform((row): IntrospectTokenOutcome =>
  row.outcome !== "active" ? row : {
    outcome: row.outcome,
    token: {
      kind: row.kind,
      jti: row.jti,
      clientId: row.client_id,
      personId: row.person_id,
      resource: row.resource,
      scope: row.scope,
      issuedAt: row.issued_at,
      expiresAt: row.expires_at,
    },
  }
);

const signingKeyRow = z.object({
  kid: z.string(),
  public_jwk: z.custom<JWK>((value) => typeof value === "object" && value !== null && "kty" in value),
  sealed_private_key: z.string(),
}).transform((row): StoredSigningKey => ({
  kid: row.kid,
  publicJwk: row.public_jwk,
  sealedPrivateKey: row.sealed_private_key,
}));

export const client = (answer: unknown): Client | null => clientRow.nullable().parse(answer);
export const resources = (answer: unknown): readonly Resource[] => z.array(resourceRow).parse(answer);
export const createClientOutcome = (answer: unknown): CreateClientOutcome => createClientRow.parse(answer);
export const createOutcome = (answer: unknown): CreateAuthorizationRequestOutcome => createRow.parse(answer);
export const findOutcome = (answer: unknown): FindAuthorizationRequestOutcome => findRow.parse(answer);
export const decideOutcome = (answer: unknown): DecideAuthorizationRequestOutcome => decideRow.parse(answer);
export const continueOutcome = (answer: unknown): ContinueAuthorizationRequestOutcome =>
  continueRow.parse(answer);
export const redeemOutcome = (answer: unknown): RedeemAuthorizationCodeOutcome => redeemRow.parse(answer);
export const rotateOutcome = (answer: unknown): RotateRefreshTokenOutcome => rotateRow.parse(answer);
export const issueServiceOutcome = (answer: unknown): IssueServiceTokenOutcome =>
  issueServiceRow.parse(answer);
export const revokeOutcome = (answer: unknown): RevokeTokenOutcome => revokeRow.parse(answer);
export const introspectOutcome = (answer: unknown): IntrospectTokenOutcome => introspectRow.parse(answer);
export const signingKeys = (answer: unknown): readonly StoredSigningKey[] =>
  z.array(signingKeyRow).parse(answer);
export const createKeyOutcome = (answer: unknown): "created" | "exists" =>
  z.object({ outcome: z.enum(["created", "exists"]) }).parse(answer).outcome;
export const checkSecretsOutcome = (answer: unknown): "fits" | "differs" | "missing" =>
  z.object({ outcome: z.enum(["fits", "differs", "missing"]) }).parse(answer).outcome;
export const keysOutcome = (answer: unknown): "recorded" | "client_changed" =>
  z.object({ outcome: z.enum(["recorded", "client_changed"]) }).parse(answer).outcome;
export const documentOutcome = (answer: unknown): "created" | "unchanged" | "drifted" =>
  z.object({ outcome: z.enum(["created", "unchanged", "drifted"]) }).parse(answer).outcome;
