/**
 * Wrong passwords are counted by address, and beyond so many an hour nothing is compared any more (ADR 0021): the Supabase
 * Auth stand-in compares as often as anybody likes, and each comparison holds this process up for as long as bcrypt takes.
 */
import type pg from "pg";
import { errorResponse } from "../functions/_shared/http/respond.ts";
import { OAuthError } from "../functions/_shared/oauth_error.ts";

interface Lease {
  readonly leased: number;
  readonly minute: number;
  readonly retry_after_seconds: number | null;
}

/**
 * Signs in, unless there were enough wrong tries from this address in the last hour.
 *
 * @param mostPerHour 0 for no limit.
 */
export async function countWrongPasswords(
  pool: pg.Pool,
  address: string,
  mostPerHour: number,
  signIn: () => Promise<Response>,
): Promise<Response> {
  if (mostPerHour === 0) return await signIn();
  // Taken before it is known to be wrong, so that guesses that come together are counted; given back where it was not.
  const { leased, minute, retry_after_seconds } = await lease(pool, address, mostPerHour, 1, 0);
  if (leased === 0) return tooMany(retry_after_seconds ?? 60);
  const response = await signIn();
  if (response.status !== 400) await lease(pool, address, mostPerHour, 0, minute);
  return response;
}

async function lease(
  pool: pg.Pool,
  address: string,
  limit: number,
  wanted: 0 | 1,
  minute: number,
): Promise<Lease> {
  const { rows: [row] } = await pool.query<{ answer: Lease }>(
    `select oauth.lease_from_limit(
      p_bucket => 'wrong password', p_subject => $1::text, p_limit => $2::integer, p_wanted => $3::integer,
      p_returned => 1 - $3::integer, p_returned_minute => $4::bigint
    ) as answer`,
    [address, limit, wanted, minute],
  );
  if (row === undefined) throw new Error("no lease");
  return row.answer;
}

function tooMany(retryAfterSeconds: number): Response {
  const use = "Too many wrong passwords from here. Try again later.";
  return errorResponse(new OAuthError("too_many_requests", use, "passwords_limited", { retryAfterSeconds }));
}
