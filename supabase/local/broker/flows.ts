/**
 * Trips that were begun, as rows of `auth.flow_state`. A row without a person is a trip under way: coming back deletes
 * it, so one trip ends once. A row with a person is a sign-in that the page has yet to redeem, which the stand-in does:
 * `POST /auth/v1/token?grant_type=pkce`.
 */
import type pg from "pg";

/** What a page asked for, kept until the person is back. */
export interface Flow {
  readonly provider: string;
  readonly returnTo: string;
  /** The page's own PKCE challenge: only the browser storage that holds its verifier can redeem the code. */
  readonly challenge: string;
}

/** Remembers that a trip was begun, and forgets those that are long over. */
export async function createFlow(pool: pg.Pool, id: string, flow: Flow): Promise<void> {
  await pool.query(
    `with forgotten as (delete from auth.flow_state where created_at < now() - interval '1 day')
    insert into auth.flow_state
      (id, authentication_method, provider_type, code_challenge, code_challenge_method, referrer)
    values ($1::uuid, 'oauth', $2::text, $3::text, 's256', $4::text)`,
    [id, flow.provider, flow.challenge, flow.returnTo],
  );
}

/** Ends the trip: the first to come back gets it, and nobody after them. Null when it is over, too old or unknown. */
export async function takeFlow(pool: pg.Pool, id: string): Promise<Flow | null> {
  const { rows } = await pool.query<Flow & { fresh: boolean }>(
    `delete from auth.flow_state
    where id = $1::uuid and authentication_method = 'oauth' and user_id is null and auth_code is null
    returning
      provider_type as provider, referrer as "returnTo", code_challenge as challenge,
      created_at > clock_timestamp() - interval '10 minutes' as fresh`,
    [id],
  );
  const [taken] = rows;
  return taken?.fresh
    ? { provider: taken.provider, returnTo: taken.returnTo, challenge: taken.challenge }
    : null;
}

/** Remembers that this person signed in, for whoever brings this code and the page's verifier within five minutes. */
export async function createSignInCode(
  client: pg.ClientBase,
  flow: Flow,
  personId: string,
  code: string,
): Promise<void> {
  await client.query(
    `insert into auth.flow_state
      (id, authentication_method, provider_type, code_challenge, code_challenge_method, user_id, auth_code,
      auth_code_issued_at)
    values (gen_random_uuid(), 'oauth', $1::text, $2::text, 's256', $3::uuid, $4::text, now())`,
    [flow.provider, flow.challenge, personId, code],
  );
}
