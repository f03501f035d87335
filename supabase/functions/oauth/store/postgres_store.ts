/**
 * The store on Postgres: one SQL function per operation, one round trip each, with named arguments and casts. No rule
 * lives here; this file only carries arguments there and outcomes back.
 */
import type { Statement } from "../../_shared/runtime/sql.ts";
import type { AuthenticatedClient, OAuthStore, PresentedToken } from "../deps.ts";
import * as rows from "./rows.ts";

/** What the store needs of a connection: `runtime/sql.ts`. */
export interface Database {
  query<Row extends object>(statement: Statement): Promise<Row[]>;
}

/** Who asks: always the first five arguments, `proofOf`. */
const PROOF = "row($1::text, $2::bytea, $3::jsonb, $4::bytea, $5::timestamptz)::oauth.client_proof";

function proofOf({ client, secretHash, assertion }: AuthenticatedClient): readonly unknown[] {
  return [
    client.id,
    secretHash,
    assertion === null ? null : JSON.stringify(assertion.key),
    assertion?.jtiHash ?? null,
    assertion?.expiresAt ?? null,
  ];
}

function presented(token: PresentedToken): readonly unknown[] {
  return token.kind === "access_token" ? [null, token.jti] : [token.tokenHash, null];
}

/** `pg` would send a list as a Postgres array. */
function jsonOf(value: readonly unknown[] | null): string | null {
  return value === null ? null : JSON.stringify(value);
}

/** The store over this database, as a role that may execute the functions. */
export function createPostgresStore(sql: Database): OAuthStore {
  /** Calls a function that answers one value, called `answer`. */
  const call = async (text: string, values: readonly unknown[]): Promise<unknown> => {
    const [row] = await sql.query<{ answer: unknown }>({ text, values });
    return row?.answer ?? null;
  };

  return {
    async findClient(id) {
      return rows.client(await call("select oauth.find_client(p_id => $1::text) as answer", [id]));
    },
    async createClient(client, registrationTokenHash) {
      return rows.createClientOutcome(
        await call(
          `select oauth.create_client(
            p_id => $1::text, p_name => $2::text, p_uri => $3::text, p_application_type => $4::text,
            p_token_endpoint_auth_method => $5::text, p_secret_hash => $6::bytea, p_jwks => $7::jsonb,
            p_jwks_uri => $8::text, p_redirect_uris => $9::text[], p_grant_types => $10::text[],
            p_response_types => $11::text[], p_scope => $12::text, p_registration_token_hash => $13::bytea
          ) as answer`,
          [
            client.id,
            client.name,
            client.uri,
            client.applicationType,
            client.tokenEndpointAuthMethod,
            client.secretHash,
            jsonOf(client.jwks),
            client.jwksUri,
            client.redirectUris,
            client.grantTypes,
            client.responseTypes,
            client.scope,
            registrationTokenHash,
          ],
        ),
      );
    },
    async recordClientDocument(document) {
      return rows.documentOutcome(
        await call(
          `select oauth.record_client_document(
            p_id => $1::text, p_name => $2::text, p_token_endpoint_auth_method => $3::text, p_jwks => $4::jsonb,
            p_jwks_uri => $5::text, p_redirect_uris => $6::text[], p_grant_types => $7::text[],
            p_fresh_seconds => $8::integer
          ) as answer`,
          [
            document.id,
            document.name,
            document.tokenEndpointAuthMethod,
            jsonOf(document.jwks),
            document.jwksUri,
            document.redirectUris,
            document.grantTypes,
            document.freshSeconds,
          ],
        ),
      );
    },
    async recordClientKeys(keys) {
      return rows.keysOutcome(
        await call(
          `select oauth.record_client_keys(
            p_id => $1::text, p_jwks_uri => $2::text, p_jwks => $3::jsonb, p_fresh_seconds => $4::integer
          ) as answer`,
          [keys.id, keys.jwksUri, jsonOf(keys.jwks), keys.freshSeconds],
        ),
      );
    },
    async listResources() {
      return rows.resources(await call("select oauth.list_resources() as answer", []));
    },
    async createAuthorizationRequest(request) {
      return rows.createOutcome(
        await call(
          `select oauth.create_authorization_request(
            p_id_hash => $1::bytea, p_browser_hash => $2::bytea, p_client_id => $3::text, p_redirect_uri => $4::text,
            p_registered_redirect_uri => $5::text, p_resource => $6::text, p_scope => $7::text[], p_state => $8::text,
            p_code_challenge => $9::text, p_lifetime_seconds => $10::integer
          ) as answer`,
          [
            request.idHash,
            request.browserHash,
            request.clientId,
            request.redirectUri,
            request.registeredRedirectUri,
            request.resource,
            request.scope,
            request.state,
            request.codeChallenge,
            request.lifetimeSeconds,
          ],
        ),
      );
    },
    async findAuthorizationRequest(idHash, personId) {
      return rows.findOutcome(
        await call(
          "select oauth.find_authorization_request(p_id_hash => $1::bytea, p_person_id => $2::uuid) as answer",
          [idHash, personId],
        ),
      );
    },
    async decideAuthorizationRequest(decision) {
      return rows.decideOutcome(
        await call(
          `select oauth.decide_authorization_request(
            p_id_hash => $1::bytea, p_person_id => $2::uuid, p_decision => $3::text, p_scope => $4::text[],
            p_continue_secret_hash => $5::bytea
          ) as answer`,
          [
            decision.idHash,
            decision.personId,
            decision.decision,
            decision.scope,
            decision.continueSecretHash,
          ],
        ),
      );
    },
    async continueAuthorizationRequest(continuation) {
      return rows.continueOutcome(
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
    async redeemAuthorizationCode(redemption) {
      return rows.redeemOutcome(
        await call(
          `select oauth.redeem_authorization_code(
            p_client => ${PROOF}, p_code_hash => $6::bytea, p_redirect_uri => $7::text, p_code_challenge => $8::text,
            p_resource => $9::text, p_replay_seconds => $10::integer, p_jti => $11::text,
            p_access_token_seconds => $12::integer, p_refresh_token_hash => $13::bytea,
            p_refresh_token_seconds => $14::integer
          ) as answer`,
          [
            ...proofOf(redemption.client),
            redemption.codeHash,
            redemption.redirectUri,
            redemption.codeChallenge,
            redemption.resource,
            redemption.replaySeconds,
            redemption.jti,
            redemption.accessTokenSeconds,
            redemption.refreshTokenHash,
            redemption.refreshTokenSeconds,
          ],
        ),
      );
    },
    async rotateRefreshToken(rotation) {
      return rows.rotateOutcome(
        await call(
          `select oauth.rotate_refresh_token(
            p_client => ${PROOF}, p_token_hash => $6::bytea, p_resource => $7::text, p_scope => $8::text[],
            p_successor_hash => $9::bytea, p_sealed_successor => $10::text, p_refresh_token_seconds => $11::integer,
            p_replay_seconds => $12::integer, p_jti => $13::text, p_access_token_seconds => $14::integer
          ) as answer`,
          [
            ...proofOf(rotation.client),
            rotation.tokenHash,
            rotation.resource,
            rotation.scope,
            rotation.successorHash,
            rotation.sealedSuccessor,
            rotation.refreshTokenSeconds,
            rotation.replaySeconds,
            rotation.jti,
            rotation.accessTokenSeconds,
          ],
        ),
      );
    },
    async issueServiceToken(request) {
      return rows.issueServiceOutcome(
        await call(
          `select oauth.issue_service_token(
            p_client => ${PROOF}, p_resource => $6::text, p_scope => $7::text[], p_jti => $8::text,
            p_access_token_seconds => $9::integer
          ) as answer`,
          [
            ...proofOf(request.client),
            request.resource,
            request.scope,
            request.jti,
            request.accessTokenSeconds,
          ],
        ),
      );
    },
    async revokeToken(client, token) {
      return rows.revokeOutcome(
        await call(
          `select oauth.revoke_token(p_client => ${PROOF}, p_token_hash => $6::bytea, p_jti => $7::text) as answer`,
          [...proofOf(client), ...presented(token)],
        ),
      );
    },
    async introspectToken(client, token) {
      return rows.introspectOutcome(
        await call(
          `select oauth.introspect_token(p_client => ${PROOF}, p_token_hash => $6::bytea, p_jti => $7::text) as answer`,
          [...proofOf(client), ...presented(token)],
        ),
      );
    },
    async listSigningKeys() {
      return rows.signingKeys(await call("select oauth.list_signing_keys() as answer", []));
    },
    async checkSecrets(checks) {
      return rows.checkSecretsOutcome(
        await call(
          "select oauth.check_secrets(p_secret_ids => $1::text[], p_check_values => $2::bytea[]) as answer",
          [checks.map((check) => check.id), checks.map((check) => check.value)],
        ),
      );
    },
    async createFirstSigningKey(key) {
      return rows.createKeyOutcome(
        await call(
          `select oauth.create_first_signing_key(
            p_kid => $1::text, p_public_jwk => $2::jsonb, p_sealed_private_key => $3::text, p_secret_id => $4::text
          ) as answer`,
          [key.kid, JSON.stringify(key.publicJwk), key.sealedPrivateKey, key.secretId],
        ),
      );
    },
  };
}
