/** The real thing behind the model: the SQL store on one database for all runs, each with clients and people of its own. */
import { freshDatabase } from "../../../local/testing/test_database.ts";
import { toBase64Url } from "../../_shared/encoding.ts";
import { connectSql, type Sql } from "../../_shared/runtime/sql.ts";
import type { OAuthStore } from "../../oauth/deps.ts";
import { createPostgresStore } from "../../oauth/store/postgres_store.ts";
import { KID, LifeCycle, RESOURCE, SCOPE, SECONDS } from "./model_life_cycle.ts";
import type { Code } from "./model_types.ts";
import type { Snapshot } from "./model_snapshot.ts";

export interface ModelDatabase extends AsyncDisposable {
  readonly store: OAuthStore;
  readonly admin: Sql;
}

export async function openModelDatabase(): Promise<ModelDatabase> {
  const database = await freshDatabase();
  const own = connectSql(database.oauthUrl, "life cycle model");
  const admin = connectSql(database.url, "life cycle model admin");
  const scopes = SCOPE.map((name) => ({ name, description: { en: name, ja: name }, tools: [] }));
  await admin.query({
    text: `select oauth.record_resource(p_identifier => $1::text, p_name => 'Example', p_scopes => $2::jsonb,
      p_default_scope => $3::text[], p_is_default => true)`,
    values: [RESOURCE, JSON.stringify(scopes), SCOPE],
  });
  await admin.query({
    text: `select oauth.create_signing_key(
      p_kid => $1::text, p_public_jwk => '{}', p_sealed_private_key => 'sealed', p_secret_id => 'test', p_days => 90
    )`,
    values: [KID],
  });
  return {
    store: createPostgresStore(own),
    admin,
    async [Symbol.asyncDispose]() {
      await own.close();
      await admin.close();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** 32 random bytes in hex: a hash of something that nobody knows. */
export function randomHash(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toHex();
}

export function randomJti(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(16)));
}

/** A public client, a confidential one, one that may not refresh; two people. */
export async function startRun({ admin }: ModelDatabase): Promise<LifeCycle> {
  const clients = [
    { secretHash: null, refreshable: true },
    { secretHash: randomHash(), refreshable: true },
    { secretHash: null, refreshable: false },
  ].map((kind) => ({ id: `client_${crypto.randomUUID()}`, ...kind, blocked: false }));
  const people = [1, 2].map(() => (
    { id: crypto.randomUUID(), erased: false, deleted: false, bannedUntil: 0 }
  ));
  await admin.transaction([
    ...people.map(({ id }) => ({
      text: "insert into auth.users (id, email) values ($1::uuid, $1 || '@example.com')",
      values: [id],
    })),
    ...clients.map(({ id, secretHash, refreshable }) => ({
      text:
        `insert into oauth.clients (id, origin, verified, name, application_type, token_endpoint_auth_method,
          secret_hash, redirect_uris, grant_types, response_types)
        values ($1, 'operator', false, 'Example', 'native', $2, decode($3::text, 'hex'), '{http://127.0.0.1/}', $4, '{code}')`,
      values: [
        id,
        secretHash === null ? "none" : "client_secret_basic",
        secretHash,
        refreshable ? ["authorization_code", "refresh_token"] : ["authorization_code"],
      ],
    })),
  ]);
  return new LifeCycle(clients, people);
}

/** Removes everything that the run left. */
export async function endRun({ admin }: ModelDatabase, { clients, people }: LifeCycle): Promise<void> {
  await admin.transaction([
    { text: "delete from oauth.clients where id = any($1)", values: [clients.map(({ id }) => id)] },
    { text: "delete from auth.users where id = any($1::uuid[])", values: [people.map(({ id }) => id)] },
  ]);
}

/** What `continue_authorization_request` leaves behind; the way to it is not the model's matter. */
export async function insertCode({ admin }: ModelDatabase, code: Code): Promise<void> {
  await admin.query({
    text: `insert into oauth.authorization_codes
        (code_hash, client_id, person_id, redirect_uri, resource, scope, code_challenge, expires_at)
      values (decode($1, 'hex'), $2, $3::uuid, $4, $5, $6, $7, clock_timestamp() + make_interval(secs => $8))`,
    values: [
      code.hash,
      code.client.id,
      code.person.id,
      code.redirectUri,
      RESOURCE,
      code.scope,
      code.challenge,
      SECONDS.code,
    ],
  });
}

/** Moves every instant of this run's rows back. */
export async function elapse({ admin }: ModelDatabase, model: LifeCycle, seconds: number): Promise<void> {
  const values = [seconds, model.clients.map(({ id }) => id)];
  await admin.transaction([
    ...MOVES_BACK.map((text) => ({ text, values })),
    {
      text: `update auth.users set banned_until = banned_until - make_interval(secs => $1)
        where id = any($2::uuid[])`,
      values: [seconds, model.people.map(({ id }) => id)],
    },
  ]);
}

export async function takeSnapshot({ admin }: ModelDatabase, model: LifeCycle): Promise<Snapshot> {
  const [row] = await admin.query<Snapshot>({
    text: SNAPSHOT,
    values: [model.clients.map(({ id }) => id), RESOURCE],
  });
  if (row === undefined) throw new Error("a snapshot answered nothing");
  return row;
}

const MOVES_BACK = [
  `update oauth.authorization_codes
  set issued_at = issued_at - make_interval(secs => $1), expires_at = expires_at - make_interval(secs => $1),
      used_at = used_at - make_interval(secs => $1)
  where client_id = any($2)`,
  `update oauth.access_tokens
  set issued_at = issued_at - make_interval(secs => $1), expires_at = expires_at - make_interval(secs => $1)
  where client_id = any($2)`,
  `update oauth.refresh_tokens as token
  set issued_at = token.issued_at - make_interval(secs => $1),
      expires_at = token.expires_at - make_interval(secs => $1),
      rotated_at = token.rotated_at - make_interval(secs => $1),
      replay_until = token.replay_until - make_interval(secs => $1)
  from oauth.token_families as family
  where family.id = token.family_id and family.client_id = any($2)`,
  `update oauth.token_families
  set created_at = created_at - make_interval(secs => $1), last_used_at = last_used_at - make_interval(secs => $1),
      expires_at = expires_at - make_interval(secs => $1), revoked_at = revoked_at - make_interval(secs => $1)
  where client_id = any($2)`,
];

/** Seconds to the nearest ten: a run takes less than five. */
const SNAPSHOT = `
  select
    array(
      select jsonb_build_object(
        'hash', encode(code_hash, 'hex'), 'used', used_at is not null, 'redeemed', family_id is not null
      )
      from oauth.authorization_codes where client_id = any($1) order by issued_at
    ) as codes,
    array(
      select jsonb_build_object(
        'revoked_because', family.revoked_because,
        'scope', family.scope,
        'expires_in', round(extract(epoch from family.expires_at - clock_timestamp()), -1)::integer,
        'generations', array(
          select jsonb_build_object(
            'hash', encode(token.token_hash, 'hex'),
            'expires_in', round(extract(epoch from token.expires_at - clock_timestamp()), -1)::integer,
            'successor', encode(token.successor_hash, 'hex'),
            'sealed', token.sealed_successor, 'replays', token.replay_count
          )
          from oauth.refresh_tokens as token where token.family_id = family.id order by token.generation
        ),
        'access_tokens', array(
          select jsonb_build_object(
            'jti', token.jti, 'scope', token.scope, 'live', oauth.access_token_is_live(token.jti, $2)
          )
          from oauth.access_tokens as token where token.family_id = family.id order by token.jti collate "C"
        )
      )
      from oauth.token_families as family where family.client_id = any($1) order by family.created_at
    ) as families`;
