/**
 * Second factors and what a session has proved, as rows of schema `auth`. A secret is sealed: whoever holds only the
 * database can make no code.
 */
import type pg from "pg";
import { type Bytes } from "../../functions/_shared/encoding.ts";
import { openText, SEAL_IV_BYTES, sealText } from "../../functions/_shared/sealed_text.ts";
import { errorCode } from "../../functions/_shared/runtime/sql.ts";
import { newSecret, stepOf } from "./totp.ts";

/** A factor as `user.factors` lists it. */
export interface Factor {
  readonly id: string;
  readonly friendly_name: string | null;
  readonly factor_type: string;
  readonly status: string;
  readonly created_at: string;
  readonly updated_at: string;
}

/** What a session has proved so far. */
export interface Level {
  readonly aal: "aal1" | "aal2";
  readonly amr: readonly { readonly method: string; readonly timestamp: number }[];
}

export type Verified =
  | { readonly outcome: "verified"; readonly refreshToken: string }
  | {
    readonly outcome:
      | "factor_not_found"
      | "insufficient_aal"
      | "challenge_expired"
      | "wrong_code"
      | "too_many";
  };

const MOST_FACTORS = 10;
const MOST_WRONG = 5;

export async function listFactors(pool: pg.Pool, personId: string): Promise<Factor[]> {
  const { rows } = await pool.query<Factor>(
    `select id, friendly_name, factor_type, status, created_at, updated_at
    from auth.mfa_factors where user_id = $1::uuid order by created_at, id`,
    [personId],
  );
  return rows;
}

/** What this session has proved; of a session that is gone, nothing beyond the first factor. */
export async function findLevel(pool: pg.Pool, sessionId: string): Promise<Level> {
  const { rows } = await pool.query<{ aal: string | null; method: string | null; timestamp: number }>(
    `select session.aal, claim.authentication_method as method,
      extract(epoch from claim.updated_at)::integer as timestamp
    from auth.sessions as session
    left join auth.mfa_amr_claims as claim on claim.session_id = session.id
    where session.id = $1::uuid
    order by claim.updated_at desc`,
    [sessionId],
  );
  return {
    aal: rows[0]?.aal === "aal2" ? "aal2" : "aal1",
    amr: rows.flatMap(({ method, timestamp }) => method === null ? [] : [{ method, timestamp }]),
  };
}

/** Whether a code is owed for what guards the account: the person has a factor that this session has not proved. */
export async function owesCode(
  database: pg.Pool | pg.ClientBase,
  personId: string,
  sessionId: string,
): Promise<boolean> {
  const { rows } = await database.query(
    `select from auth.mfa_factors
    where user_id = $1::uuid and status = 'verified'
      and not exists (select from auth.sessions where id = $2::uuid and aal = 'aal2')`,
    [personId, sessionId],
  );
  return rows.length > 0;
}

/** Remembers how a session signed in. */
export async function recordMethod(
  database: pg.Pool | pg.ClientBase,
  sessionId: string,
  method: string,
): Promise<void> {
  await database.query(
    `insert into auth.mfa_amr_claims (id, session_id, created_at, updated_at, authentication_method)
    values (gen_random_uuid(), $1::uuid, now(), now(), $2::text)
    on conflict (session_id, authentication_method) do update set updated_at = now()`,
    [sessionId, method],
  );
}

/** Makes a factor that counts only once a code of it was shown to be known. */
export async function createFactor(
  pool: pg.Pool,
  seal: Bytes,
  personId: string,
  name: string,
): Promise<
  { outcome: "created"; id: string; secret: string } | { outcome: "too_many_factors" | "name_taken" }
> {
  const [id, secret] = [crypto.randomUUID(), newSecret()];
  const iv = crypto.getRandomValues(new Uint8Array(SEAL_IV_BYTES));
  try {
    const { rowCount } = await pool.query(
      `insert into auth.mfa_factors
        (id, user_id, friendly_name, factor_type, status, created_at, updated_at, secret)
      select $1::uuid, $2::uuid, $3::text, 'totp', 'unverified', now(), now(), $4::text
      where (select count(*) from auth.mfa_factors where user_id = $2::uuid) < $5::integer`,
      [id, personId, name, await sealText(secret, sealingKey(seal, id), iv), MOST_FACTORS],
    );
    return rowCount === 1 ? { outcome: "created", id, secret } : { outcome: "too_many_factors" };
  } catch (error) {
    if (errorCode(error) === "23505") return { outcome: "name_taken" };
    throw error;
  }
}

/** A challenge of five minutes, or null when this is no factor of this person. */
export async function createChallenge(
  pool: pg.Pool,
  personId: string,
  factorId: string,
): Promise<{ id: string; expires_at: number } | null> {
  const { rows } = await pool.query<{ id: string; expires_at: number }>(
    `with forgotten as (delete from auth.mfa_challenges where created_at < now() - interval '1 day')
    insert into auth.mfa_challenges (id, factor_id, created_at)
    select gen_random_uuid(), factor.id, now() from auth.mfa_factors as factor
    where factor.id = $1::uuid and factor.user_id = $2::uuid
    returning id, extract(epoch from created_at + interval '5 minutes')::integer as expires_at`,
    [factorId, personId],
  );
  return rows[0] ?? null;
}

/**
 * Checks a code and, when it is right, raises the session. To be called in a transaction that is committed whatever the
 * outcome is: a wrong guess must stay counted.
 */
export async function verifyFactor(
  client: pg.ClientBase,
  seal: Bytes,
  given: {
    readonly personId: string;
    readonly sessionId: string;
    readonly factorId: string;
    readonly challengeId: string;
    readonly code: string;
  },
): Promise<Verified> {
  const { personId, sessionId, factorId, challengeId, code } = given;
  // The factor's row is the lock: guesses that come together are counted one after the other.
  const { rows: [factor] } = await client.query<{ secret: string; status: string }>(
    "select secret, status from auth.mfa_factors where id = $1::uuid and user_id = $2::uuid for update",
    [factorId, personId],
  );
  if (factor === undefined) return { outcome: "factor_not_found" };
  // It may have been enrolled just as another was proved.
  if (factor.status !== "verified" && await owesCode(client, personId, sessionId)) {
    return { outcome: "insufficient_aal" };
  }
  const { rows: [tries] } = await client.query<{ last_step: string; wrong: number }>(
    `insert into auth.second_factor_tries as tries (factor_id) values ($1::uuid)
    on conflict (factor_id) do update set
      wrong = case when tries.wrong_since < now() - interval '5 minutes' then 0 else tries.wrong end,
      wrong_since = case when tries.wrong_since < now() - interval '5 minutes' then now() else tries.wrong_since end
    returning last_step, wrong`,
    [factorId],
  );
  if ((tries?.wrong ?? 0) >= MOST_WRONG) return { outcome: "too_many" };
  const { rows: [challenge] } = await client.query(
    `select id from auth.mfa_challenges
    where id = $1::uuid and factor_id = $2::uuid and verified_at is null
      and created_at > clock_timestamp() - interval '5 minutes'
    for update`,
    [challengeId, factorId],
  );
  if (challenge === undefined) return { outcome: "challenge_expired" };
  const step = stepOf(await openText(factor.secret, sealingKey(seal, factorId)), code, Date.now());
  if (step === null || step <= Number(tries?.last_step ?? 0)) {
    await client.query("update auth.second_factor_tries set wrong = wrong + 1 where factor_id = $1::uuid", [
      factorId,
    ]);
    return { outcome: "wrong_code" };
  }
  await client.query(
    "update auth.second_factor_tries set last_step = $2::bigint, wrong = 0 where factor_id = $1::uuid",
    [factorId, step],
  );
  await client.query("update auth.mfa_challenges set verified_at = now() where id = $1::uuid", [challengeId]);
  await client.query(
    `update auth.mfa_factors set status = 'verified', updated_at = now(), last_challenged_at = now()
    where id = $1::uuid`,
    [factorId],
  );
  return { outcome: "verified", refreshToken: await raise(client, personId, sessionId, factorId) };
}

/** Removes a factor; what was proved with it is proved no longer. False when this is no factor of this person. */
export async function removeFactor(
  client: pg.ClientBase,
  personId: string,
  factorId: string,
): Promise<boolean> {
  const { rowCount } = await client.query(
    "delete from auth.mfa_factors where id = $1::uuid and user_id = $2::uuid",
    [factorId, personId],
  );
  if (rowCount === 0) return false;
  await client.query(
    `delete from auth.mfa_amr_claims as claim using auth.sessions as session
    where claim.session_id = session.id and session.factor_id = $1::uuid and claim.authentication_method = 'totp'`,
    [factorId],
  );
  await client.query(
    "update auth.sessions set aal = 'aal1', factor_id = null where factor_id = $1::uuid",
    [factorId],
  );
  return true;
}

/** The session has proved both factors now: new tokens; sessions that have not, and unfinished factors, end. */
async function raise(
  client: pg.ClientBase,
  personId: string,
  sessionId: string,
  factorId: string,
): Promise<string> {
  await client.query(
    "update auth.sessions set aal = 'aal2', factor_id = $2::uuid, updated_at = now() where id = $1::uuid",
    [sessionId, factorId],
  );
  await recordMethod(client, sessionId, "totp");
  await client.query("delete from auth.sessions where user_id = $1::uuid and aal is distinct from 'aal2'", [
    personId,
  ]);
  await client.query("delete from auth.mfa_factors where user_id = $1::uuid and status = 'unverified'", [
    personId,
  ]);
  const refreshToken = crypto.randomUUID();
  await client.query(
    `with parent as (
      update auth.refresh_tokens set revoked = true, updated_at = now()
      where session_id = $1::uuid and not revoked returning token
    )
    insert into auth.refresh_tokens (id, token, user_id, session_id, parent)
    values (gen_random_uuid()::text, $2::text, $3::uuid, $1::uuid, (select token from parent limit 1))`,
    [sessionId, refreshToken, personId],
  );
  return refreshToken;
}

function sealingKey(secret: Bytes, factorId: string) {
  return { secret, purpose: "second factor", associated: factorId };
}
