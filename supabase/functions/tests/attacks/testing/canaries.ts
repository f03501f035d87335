/**
 * Marks: every secret of a flow as it occurs, so that afterwards nothing of it may be found anywhere. A secret is looked
 * for as it is, as its hexadecimal and base64 bytes, and as it looks in a URL.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Stage } from "./attack_stage.ts";

/** Shorter ones would be found by chance. */
const LEAST_CHARACTERS = 8;

export interface Canaries {
  /** Remembers this secret under this name and answers it. */
  mark(kind: string, secret: string): string;
  /** Kinds with how many were marked. */
  readonly kinds: ReadonlyMap<string, number>;
  /** What of the marked is in this text: kinds, never the secrets. `except` kinds are allowed there. */
  foundIn(text: string, except?: readonly string[]): string[];
}

export function createCanaries(): Canaries {
  const secrets: { kind: string; spellings: string[] }[] = [];
  const kinds = new Map<string, number>();
  return {
    kinds,
    mark(kind, secret) {
      assert.ok(
        secret?.length >= LEAST_CHARACTERS,
        `${kind}: there is none, or it is too short to be looked for`,
      );
      const bytes = Buffer.from(secret);
      const spellings = [secret, bytes.toString("hex"), bytes.toString("base64").replace(/=+$/, "")];
      const encoded = encodeURIComponent(secret);
      secrets.push({
        kind,
        spellings: [...new Set([...spellings, encoded, encoded.replaceAll("%20", "+")])],
      });
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      return secret;
    },
    foundIn(text, except = []) {
      return secrets
        .filter(({ kind, spellings }) =>
          !except.includes(kind) && spellings.some((part) => text.includes(part))
        )
        .map(({ kind }) => kind);
    },
  };
}

/** Every row of every table of these schemas as text: bytes as hexadecimal, json as written. By `schema.table`. */
export async function dumpTables(stage: Stage, schemas: readonly string[]): Promise<Map<string, string>> {
  await stage.rows(
    `create function pg_temp.rows_of(p_table regclass) returns setof text language plpgsql as $body$
    begin
      return query execute format('select found::text from %s as found', p_table);
    end
    $body$`,
  );
  const rows = await stage.rows<{ name: string; row: string | null }>(
    `select schema.nspname || '.' || relation.relname as name, found.row
    from pg_catalog.pg_class as relation
    join pg_catalog.pg_namespace as schema on schema.oid = relation.relnamespace
    left join lateral pg_temp.rows_of(relation.oid::regclass) as found (row) on true
    where relation.relkind in ('r', 'p', 'm') and schema.nspname = any ($1)`,
    [schemas],
  );
  const dumped = new Map<string, string>();
  for (const { name, row } of rows) dumped.set(name, `${dumped.get(name) ?? ""}${row ?? ""}\n`);
  return dumped;
}
