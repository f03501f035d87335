import assert from "node:assert/strict";
import { join } from "node:path";
import { recordedHome } from "./data_home.ts";
import { exists } from "./paths.ts";
import { isRoot } from "./run_account.ts";
import { startPostgres, wipePostgres } from "./start_postgres.ts";
import { inTemporaryFolder, query } from "./testing/temporary_folder.ts";

Deno.test("a folder that root's Postgres account cannot reach has its database elsewhere; a user's has not", async () => {
  await inTemporaryFolder(async (outer) => {
    await Deno.mkdir(outer, { mode: 0o700 });
    const closed = join(outer, "closed");
    await Deno.mkdir(closed, { mode: 0o700 });
    const folder = join(closed, "data");
    const messages: string[] = [];
    const start = () => startPostgres({ folder, onProgress: (message) => messages.push(message) });

    await (await start()).stop();
    const home = await recordedHome(folder);
    assert.equal(home !== folder, isRoot());
    assert.equal(
      messages.includes(`Postgres cannot reach ${folder}; its database is kept in ${home}`),
      isRoot(),
    );
    assert.ok(await exists(join(home, "postgres", "PG_VERSION")));
    const warm = await start();
    assert.equal(warm.created, false);
    await query(warm.url, "select 1");
    await warm.stop();

    await Deno.remove(folder, { recursive: true });
    const anew = await start();
    assert.equal(anew.created, true, "a folder removed by hand begins again");
    await anew.stop();

    await wipePostgres(folder);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
    assert.equal(await exists(home), home === folder);
  });
});

Deno.test("recordedHome believes nothing but a hash", async () => {
  await inTemporaryFolder(async (folder) => {
    await Deno.mkdir(folder);
    await Deno.writeTextFile(join(folder, "postgres_elsewhere"), "../../../etc\n");
    assert.equal(await recordedHome(folder), folder);
  });
});
