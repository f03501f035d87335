/** What processes with different keys of SEKISHO_SECRET first agree on, and how what is sealed moves from one to another. */
import assert from "node:assert/strict";
import pg from "pg";
import { parseKeyRing } from "../../functions/_shared/runtime/keys.ts";
import { freshDatabase, TEST_SECRET } from "../testing/test_database.ts";
import { keepPasswords } from "./kept_passwords.ts";
import { DatabaseError } from "./database_error.ts";
import { checkSecrets, prepareDatabase } from "./prepare_database.ts";
import { reseal } from "./reseal.ts";

const NEW = `new:${"B".repeat(43)}`;
const OLD_RING = parseKeyRing(TEST_SECRET);
const OLD_FIRST = parseKeyRing(`${TEST_SECRET},${NEW}`);
const NEW_FIRST = parseKeyRing(`${NEW},${TEST_SECRET}`);
const NEW_RING = parseKeyRing(NEW);

async function withOwner(run: (client: pg.Client, url: string) => Promise<void>): Promise<void> {
  await using database = await freshDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    await run(client, database.url);
  } finally {
    await client.end();
  }
}

Deno.test("keepPasswords answers every ring the same, which is not what another first key derives", () =>
  withOwner(async (client) => {
    await checkSecrets(client, NEW_FIRST);
    for (const purpose of ["sekisho_oauth", "supabase auth sessions"]) {
      const derived = await OLD_RING.password(purpose);
      assert.notEqual(await NEW_RING.password(purpose), derived);
      for (const ring of [OLD_RING, OLD_FIRST, NEW_FIRST]) {
        assert.equal(await (await keepPasswords(client, ring)).password(purpose), derived);
      }
    }
    await assert.rejects((await keepPasswords(client, OLD_RING)).password("another purpose"));
  }));

Deno.test("reseal moves everything to the first key; only then a start without the old one is let in", () =>
  withOwner(async (client, url) => {
    await client.query("select oauth.create_signing_key($1, '{}', $2, 'test', 90)", [
      "kid",
      (await OLD_RING.seal("private", placeOf("kid"), new Uint8Array(12))).sealed,
    ]);
    await checkSecrets(client, NEW_FIRST);
    const refused = (error: unknown) => error instanceof DatabaseError && /lacks a key/.test(error.message);
    await assert.rejects(prepareDatabase(url, NEW_RING), refused);

    assert.deepEqual(await reseal(client, OLD_FIRST), { resealed: 0, unneeded: ["new"] });
    const before = await (await keepPasswords(client, OLD_FIRST)).password("sekisho_mcp");
    assert.deepEqual(await reseal(client, NEW_FIRST), { resealed: 8, unneeded: ["test"] });
    assert.deepEqual(await reseal(client, NEW_FIRST), { resealed: 0, unneeded: ["test"] });

    const { passwords } = await prepareDatabase(url, NEW_RING);
    assert.equal(await passwords.password("sekisho_mcp"), before);
    const { rows } = await client.query<{ sealed: string }>(
      "select sealed_private_key as sealed from oauth.signing_keys",
    );
    assert.equal(await NEW_RING.open(rows[0]?.sealed ?? "", placeOf("kid")), "private");
    await assert.rejects(prepareDatabase(url, OLD_RING), refused);
  }));

Deno.test("reseal leaves what somebody else resealed meanwhile", () =>
  withOwner(async (client) => {
    await checkSecrets(client, NEW_FIRST);
    const meanwhile = {
      ...NEW_FIRST,
      async seal(...values: Parameters<typeof NEW_FIRST.seal>) {
        await client.query(
          "update oauth.sealed_passwords set sealed_password = 'changed' where purpose = $1",
          [values[1].row],
        );
        return await NEW_FIRST.seal(...values);
      },
    };
    assert.deepEqual(await reseal(client, meanwhile), { resealed: 0, unneeded: [] });
  }));

function placeOf(kid: string) {
  return { table: "oauth.signing_keys", column: "sealed_private_key", row: kid };
}
