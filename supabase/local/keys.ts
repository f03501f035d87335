/**
 * `deno task keys`: the operator's hand on signing keys and SEKISHO_SECRET. `list` shows the keys, `revoke <kid>` is the
 * answer to a private key that leaked, `reseal` lets an old entry of SEKISHO_SECRET go. Works on a running product. Never
 * prints a private part.
 */
import pg from "pg";
import { SettingsError } from "../functions/_shared/runtime/env.ts";
import { DatabaseError } from "./database/database_error.ts";
import { checkSecrets, connectOwner } from "./database/prepare_database.ts";
import { reseal } from "./database/reseal.ts";
import { readLocalSettings } from "./local_settings.ts";
import { LocalPostgresError } from "./postgres/local_postgres_error.ts";
import { runningPostgres } from "./postgres/running_postgres.ts";

const USAGE = "usage: deno task keys list | revoke <kid> | reseal";
/** Failures that a person can act on: their message is the whole line. */
const EXPECTED = [SettingsError, DatabaseError, LocalPostgresError];

// deno-lint-ignore no-console
const say = (line: string) => console.log(line);

async function run([command, ...values]: readonly string[]): Promise<boolean> {
  const known = command === "revoke" ? values.length === 1 : values.length === 0;
  if (!known || !["list", "revoke", "reseal"].includes(command ?? "")) {
    say(USAGE);
    return false;
  }
  const env = Deno.env.toObject();
  const url = env["SEKISHO_DATABASE_URL"] || await runningPostgres(env["SEKISHO_DATA_DIR"] || ".sekisho");
  const client = await connectOwner(url, "sekisho keys");
  try {
    if (command === "list") return await list(client);
    if (command === "revoke") return await revoke(client, values[0] ?? "");
    return await resealAll(client, env);
  } finally {
    await client.end();
  }
}

async function list(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ kid: string; state: string; since: string }>(
    `select kid, oauth.signing_key_state(p_key => key, p_at => clock_timestamp()) as state,
      to_char(signs_from at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"') as since
    from oauth.signing_keys as key
    order by signs_from desc`,
  );
  for (const { kid, state, since } of rows) say(`${kid}  ${state.padEnd(8)}  signs from ${since}`);
  if (rows.length === 0) say("no keys yet: the first token request makes one");
  return true;
}

async function revoke(client: pg.Client, kid: string): Promise<boolean> {
  const { rows } = await client.query<{ answer: { outcome: string; active?: string | null } }>(
    "select oauth.revoke_signing_key(p_kid => $1::text) as answer",
    [kid],
  );
  const { outcome, active } = rows[0]?.answer ?? { outcome: "unknown" };
  if (outcome !== "revoked") {
    say("there is no such key");
    return false;
  }
  say(
    active
      ? `revoked; ${active} signs now`
      : "revoked; no published key is left: the next token request makes one",
  );
  return true;
}

async function resealAll(client: pg.Client, env: Readonly<Record<string, string>>): Promise<boolean> {
  const { keyRing } = await readLocalSettings(env);
  await checkSecrets(client, keyRing);
  const { resealed, unneeded } = await reseal(client, keyRing);
  say(`${resealed} resealed under the first key of SEKISHO_SECRET`);
  if (unneeded.length > 0) say(`no longer needed, when every process has the first: ${unneeded.join(", ")}`);
  return true;
}

try {
  Deno.exitCode = await run(Deno.args) ? 0 : 2;
} catch (error) {
  const expected = error instanceof Error && EXPECTED.some((kind) => error instanceof kind);
  // deno-lint-ignore no-console
  console.error(`Keys: ${expected ? error.message : error instanceof Error ? error.name : "unknown"}`);
  Deno.exitCode = 1;
}
