/** The two worlds of the store contract: memory with a clock that is moved, Postgres with rows that are moved instead. */
import { freshDatabase } from "../../local/testing/test_database.ts";
import { sha256 } from "../_shared/encoding.ts";
import { connectSql } from "../_shared/runtime/sql.ts";
import { createPostgresStore } from "../oauth/store/postgres_store.ts";
import { createMemoryStore } from "../oauth/testing/memory_store.ts";
import { accessTokenIsLive, hashKey, nowOf } from "../oauth/testing/memory_tables.ts";
import { createTestClock } from "../oauth/testing/test_clock.ts";
import { meetAtLocks } from "./store_contract_race.ts";
import type { RowCounts, StoredRefreshToken, World } from "./store_contract_world.ts";

// deno-lint-ignore require-await
const atOnce = async <Value>(answer: () => Value): Promise<Value> => answer();

/** A new memory store with nothing in it. */
export function memoryWorld(): World {
  const clock = createTestClock();
  const memory = createMemoryStore(clock);
  const { tables } = memory;
  const secondsUntil = (instant: number) => Math.round((instant - nowOf(tables)) / 1000);
  return {
    store: memory.store,
    simultaneously: (calls) => Promise.all(calls.map((call) => call())),
    elapse: (seconds) => atOnce(() => clock.elapse(seconds)),
    addPerson: () =>
      atOnce(() => {
        const id = crypto.randomUUID();
        memory.addPerson(id);
        return id;
      }),
    banPerson: (id, seconds) => atOnce(() => memory.banPerson(id, seconds)),
    deletePerson: (id) => atOnce(() => memory.deletePerson(id)),
    erasePerson: (id) => atOnce(() => memory.erasePerson(id)),
    recordClient: (client, verified) => atOnce(() => memory.recordClient(client, verified)),
    changeClient: (id, change) => atOnce(() => memory.changeClient(id, change)),
    async createRegistrationToken(name, seconds, mostUses) {
      const tokenHash = await sha256(crypto.randomUUID());
      memory.recordRegistrationToken(tokenHash, name, seconds, mostUses);
      return tokenHash;
    },
    revokeRegistrationToken: (name) => atOnce(() => memory.revokeRegistrationToken(name)),
    recordResource: (resource) => atOnce(() => memory.recordResource(resource)),
    revokeSigningKey: (kid) => atOnce(() => memory.revokeSigningKey(kid)),
    accessTokenIsLive: (jti, resource) => atOnce(() => accessTokenIsLive(tables, jti, resource)),
    findAccessTokenScope: (jti) => atOnce(() => tables.accessTokens.get(jti)?.scope ?? null),
    findRefreshToken: (tokenHash) =>
      atOnce(() => {
        const token = tables.refreshTokens.get(hashKey(tokenHash));
        const family = tables.families.get(token?.familyId ?? "");
        if (token === undefined || family === undefined) return null;
        return {
          generation: token.generation,
          rotated: token.rotatedAt !== null,
          sealedSuccessor: token.sealedSuccessor,
          replayCount: token.replayCount,
          expiresInSeconds: secondsUntil(token.expiresAt),
          familyScope: family.scope,
          familyExpiresInSeconds: secondsUntil(family.expiresAt),
          revokedBecause: family.revokedBecause,
        };
      }),
    countRows: () =>
      atOnce(() => ({
        codes: tables.codes.size,
        families: tables.families.size,
        accessTokens: tables.accessTokens.size,
        refreshTokens: tables.refreshTokens.size,
      })),
  };
}

/** One database for many scenarios: emptied before each, which is cheaper than a new one. */
export interface PostgresWorld extends World, AsyncDisposable {
  empty(): Promise<void>;
}

/** A fresh database, the store connected as the function's own role. */
export async function postgresWorld(): Promise<PostgresWorld> {
  const database = await freshDatabase();
  const own = connectSql(database.oauthUrl, "store contract");
  const admin = connectSql(database.url, "store contract admin");
  const run = async (text: string, values: readonly unknown[] = []) => {
    await admin.query({ text, values });
  };
  return {
    store: createPostgresStore(own),
    async empty() {
      await admin.transaction(EMPTIES.map((text) => ({ text })));
    },
    simultaneously: (calls) => meetAtLocks(database.url, calls),
    async elapse(seconds) {
      const values = [seconds];
      await admin.transaction(MOVES_BACK.map((text) => ({ text, values })));
    },
    async addPerson() {
      const id = crypto.randomUUID();
      await run("insert into auth.users (id, email) values ($1::uuid, $2)", [id, `${id}@example.com`]);
      return id;
    },
    banPerson: (id, seconds) =>
      run(
        "update auth.users set banned_until = clock_timestamp() + make_interval(secs => $2) where id = $1::uuid",
        [id, seconds],
      ),
    deletePerson: (id) =>
      run("update auth.users set deleted_at = clock_timestamp() where id = $1::uuid", [id]),
    erasePerson: (id) => run("delete from auth.users where id = $1::uuid", [id]),
    recordClient: (client, verified) =>
      run(
        `insert into oauth.clients (
          id, origin, verified, name, uri, application_type, token_endpoint_auth_method, secret_hash, jwks, jwks_uri,
          redirect_uris, grant_types, response_types, scope
        ) values ($1, 'operator', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
        [
          client.id,
          verified,
          client.name,
          client.uri,
          client.applicationType,
          client.tokenEndpointAuthMethod,
          client.secretHash,
          client.jwks === null ? null : JSON.stringify(client.jwks),
          client.jwksUri,
          client.redirectUris,
          client.grantTypes,
          client.responseTypes,
          client.scope,
        ],
      ),
    changeClient: (id, change) =>
      run(
        `update oauth.clients
        set blocked_at = case when $2::boolean then clock_timestamp() end,
            secret_hash = coalesce($3::bytea, secret_hash),
            redirect_uris = coalesce($4::text[], redirect_uris),
            grant_types = coalesce($5::text[], grant_types),
            service_scope = coalesce($6::text[], service_scope),
            resource = coalesce($7::text, resource),
            verified = coalesce($8::boolean, verified)
        where id = $1`,
        [
          id,
          change.blocked ?? false,
          change.secretHash ?? null,
          change.redirectUris ?? null,
          change.grantTypes ?? null,
          change.serviceScope ?? null,
          change.resource ?? null,
          change.verified ?? null,
        ],
      ),
    async createRegistrationToken(name, seconds, mostUses) {
      const [row] = await admin.query<{ token: string }>({
        text: `select oauth.create_registration_token(
          p_name => $1::text, p_lifetime => make_interval(secs => $2), p_most_uses => $3::integer
        ) as token`,
        values: [name, seconds, mostUses],
      });
      if (row === undefined) throw new Error("no token was made");
      return await sha256(row.token);
    },
    revokeRegistrationToken: (name) =>
      run("select oauth.revoke_registration_token(p_name => $1::text)", [name]),
    recordResource: ({ identifier, name, scopes, defaultScope, isDefault }) =>
      run(
        `select oauth.record_resource(p_identifier => $1::text, p_name => $2::text, p_scopes => $3::jsonb,
          p_default_scope => $4::text[], p_is_default => $5::boolean)`,
        [identifier, name, JSON.stringify(scopes), defaultScope, isDefault],
      ),
    revokeSigningKey: (kid) => run("select oauth.revoke_signing_key(p_kid => $1::text)", [kid]),
    async accessTokenIsLive(jti, resource) {
      const [row] = await admin.query<{ live: boolean }>({
        text: "select oauth.access_token_is_live(p_jti => $1::text, p_resource => $2::text) as live",
        values: [jti, resource],
      });
      return row?.live ?? false;
    },
    async findAccessTokenScope(jti) {
      const [row] = await admin.query<{ scope: string[] }>({
        text: "select scope from oauth.access_tokens where jti = $1",
        values: [jti],
      });
      return row?.scope ?? null;
    },
    async findRefreshToken(tokenHash) {
      const [row] = await admin.query<StoredRefreshToken>({ text: FIND_REFRESH_TOKEN, values: [tokenHash] });
      return row ?? null;
    },
    async countRows() {
      const [row] = await admin.query<RowCounts>({ text: COUNT_ROWS });
      if (row === undefined) throw new Error("counting answered nothing");
      return row;
    },
    async [Symbol.asyncDispose]() {
      await own.close();
      await admin.close();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** Everything else goes with these. */
const EMPTIES = [
  "delete from auth.users",
  "delete from oauth.clients",
  "delete from oauth.registration_tokens",
  "delete from oauth.resources",
  "delete from oauth.signing_keys",
  "delete from oauth.sealed_passwords",
  "delete from oauth.secret_checks",
  "delete from oauth.rate_counts",
];

/** Every instant that a rule looks at, moved back by so many seconds. */
const MOVES_BACK = [
  `update oauth.signing_keys
  set created_at = created_at - make_interval(secs => $1), signs_from = signs_from - make_interval(secs => $1),
      signs_until = signs_until - make_interval(secs => $1), revoked_at = revoked_at - make_interval(secs => $1)`,
  `update oauth.clients
  set created_at = created_at - make_interval(secs => $1),
      fetched_at = fetched_at - make_interval(secs => $1), fresh_until = fresh_until - make_interval(secs => $1),
      jwks_fetched_at = jwks_fetched_at - make_interval(secs => $1),
      jwks_fresh_until = jwks_fresh_until - make_interval(secs => $1),
      jwks_rest_until = jwks_rest_until - make_interval(secs => $1)`,
  `update oauth.registration_tokens
  set created_at = created_at - make_interval(secs => $1), expires_at = expires_at - make_interval(secs => $1)`,
  `update oauth.authorization_requests
  set created_at = created_at - make_interval(secs => $1), expires_at = expires_at - make_interval(secs => $1),
      decided_at = decided_at - make_interval(secs => $1), ended_at = ended_at - make_interval(secs => $1)`,
  `update oauth.authorization_codes
  set issued_at = issued_at - make_interval(secs => $1), expires_at = expires_at - make_interval(secs => $1),
      used_at = used_at - make_interval(secs => $1)`,
  `update oauth.token_families
  set created_at = created_at - make_interval(secs => $1), last_used_at = last_used_at - make_interval(secs => $1),
      expires_at = expires_at - make_interval(secs => $1), revoked_at = revoked_at - make_interval(secs => $1)`,
  `update oauth.access_tokens
  set issued_at = issued_at - make_interval(secs => $1), expires_at = expires_at - make_interval(secs => $1)`,
  `update oauth.refresh_tokens
  set issued_at = issued_at - make_interval(secs => $1), expires_at = expires_at - make_interval(secs => $1),
      rotated_at = rotated_at - make_interval(secs => $1), replay_until = replay_until - make_interval(secs => $1)`,
  "update auth.users set banned_until = banned_until - make_interval(secs => $1)",
  "update oauth.rate_counts set minute = minute - floor($1 / 60.0)",
];

const FIND_REFRESH_TOKEN = `
  select token.generation,
    token.rotated_at is not null as rotated,
    token.sealed_successor as "sealedSuccessor",
    token.replay_count as "replayCount",
    round(extract(epoch from token.expires_at - clock_timestamp()))::integer as "expiresInSeconds",
    family.scope as "familyScope",
    round(extract(epoch from family.expires_at - clock_timestamp()))::integer as "familyExpiresInSeconds",
    family.revoked_because as "revokedBecause"
  from oauth.refresh_tokens as token
  join oauth.token_families as family on family.id = token.family_id
  where token.token_hash = $1::bytea`;

const COUNT_ROWS = `
  select (select count(*) from oauth.authorization_codes)::integer as codes,
    (select count(*) from oauth.token_families)::integer as families,
    (select count(*) from oauth.access_tokens)::integer as "accessTokens",
    (select count(*) from oauth.refresh_tokens)::integer as "refreshTokens"`;
