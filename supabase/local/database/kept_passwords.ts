/**
 * Passwords that every process of the embedded server must have the same: of the database roles, and what the sign-in
 * stand-in signs sessions with. Derived from SEKISHO_SECRET once, then kept sealed in the database, so that a change of
 * that secret changes none of them (ADR 0019).
 */
import type pg from "pg";
import { SEAL_IV_BYTES } from "../../functions/_shared/sealed_text.ts";
import type { KeyRing } from "../../functions/_shared/runtime/keys.ts";

/** A password for a purpose: kept ones, or derived anew by a key ring. */
export type Passwords = Pick<KeyRing, "password">;

const PURPOSES = [
  "sekisho_oauth",
  "sekisho_mcp",
  "sekisho_account",
  "publishable key",
  "supabase auth sessions",
  "supabase auth secret key",
  "supabase auth second factors",
];

/** The kept passwords; what is not kept yet is derived from the first key of the ring and kept. */
export async function keepPasswords(client: pg.Client, ring: KeyRing): Promise<Passwords> {
  const kept = new Map<string, string>();
  for (const purpose of PURPOSES) {
    const place = { table: "oauth.sealed_passwords", column: "sealed_password", row: purpose };
    const iv = crypto.getRandomValues(new Uint8Array(SEAL_IV_BYTES));
    const { secretId, sealed } = await ring.seal(await ring.password(purpose), place, iv);
    const { rows } = await client.query<{ sealed: string }>(
      `select oauth.keep_sealed_password(
        p_purpose => $1::text, p_sealed_password => $2::text, p_secret_id => $3::text
      ) as sealed`,
      [purpose, sealed, secretId],
    );
    kept.set(purpose, await ring.open(rows[0]?.sealed ?? "", place));
  }
  return {
    // deno-lint-ignore require-await
    async password(purpose) {
      const password = kept.get(purpose);
      if (password === undefined) throw new Error("no password is kept for this purpose");
      return password;
    },
  };
}
