/** The throw-away server: what it offers, and that nothing of it is left. */
import assert from "node:assert/strict";
import pg from "pg";
import { DEBIAN_BINARIES, startDebianPostgres } from "./debian_postgres.ts";
import { exists } from "../postgres/paths.ts";

const needsDebian = { ignore: !await exists(`${DEBIAN_BINARIES}/initdb`) };
const name = "startDebianPostgres starts Postgres 15 on the loopback interface, and stop leaves nothing";

Deno.test(name, needsDebian, async () => {
  const postgres = await startDebianPostgres();
  assert.ok(postgres !== null);
  let folder = "";
  try {
    const client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    const { rows } = await client.query(
      `select current_setting('server_version_num')::int / 10000 as major, current_setting('fsync') as fsync,
              current_setting('listen_addresses') as listens, current_setting('data_directory') as data`,
    );
    await client.end();
    folder = rows[0].data;
    assert.deepEqual(rows, [{ major: 15, fsync: "off", listens: "127.0.0.1", data: folder }]);
  } finally {
    await Promise.all([postgres.stop(), postgres.stop()]);
  }
  assert.equal(await exists(folder), false);
  assert.equal(await exists(`${folder}/..`), false);
  const client = new pg.Client({ connectionString: postgres.url });
  await assert.rejects(client.connect(), { code: "ECONNREFUSED" });
});
