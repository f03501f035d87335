/**
 * Moves everything that is sealed under SEKISHO_SECRET to its first key, while processes run: each value is replaced only
 * if it is still what was read, and every process reads under every key that it has.
 */
import type pg from "pg";
import { SEAL_IV_BYTES } from "../../functions/_shared/sealed_text.ts";
import type { KeyRing } from "../../functions/_shared/runtime/keys.ts";

interface SealedValue {
  readonly place_table: string;
  readonly place_column: string;
  readonly place_row: string;
  readonly sealed: string;
  readonly secret_id: string;
}

export interface Resealed {
  readonly resealed: number;
  /** Ids of the ring that nothing is sealed under any more, the first excepted. */
  readonly unneeded: readonly string[];
}

/** Reseals. The secrets of the ring must have been checked: a value that none of them opens is a bug. */
export async function reseal(client: pg.Client, ring: KeyRing): Promise<Resealed> {
  const [first = "", ...others] = (await ring.checks()).map(({ id }) => id);
  let resealed = 0;
  const list = async () => (await client.query<SealedValue>("select * from oauth.list_sealed_values()")).rows;
  for (const value of await list()) {
    if (value.secret_id === first) continue;
    const place = { table: value.place_table, column: value.place_column, row: value.place_row };
    const iv = crypto.getRandomValues(new Uint8Array(SEAL_IV_BYTES));
    const { secretId, sealed } = await ring.seal(await ring.open(value.sealed, place), place, iv);
    const { rows } = await client.query<{ done: boolean }>(
      `select oauth.reseal_value(
        p_table => $1::text, p_row => $2::text, p_sealed_before => $3::text, p_sealed => $4::text,
        p_secret_id => $5::text
      ) as done`,
      [place.table, place.row, value.sealed, sealed, secretId],
    );
    if (rows[0]?.done) resealed++;
  }
  const needed = new Set((await list()).map(({ secret_id }) => secret_id));
  return { resealed, unneeded: others.filter((id) => !needed.has(id)) };
}
