// Parents that die without a word, and pid files that lie.
import assert from "node:assert/strict";
import { join } from "node:path";
import { dataFolder, exists, UNFINISHED } from "./paths.ts";
import { commandLine } from "./running_process.ts";
import { startPostgres, wipePostgres } from "./start_postgres.ts";
import {
  inTemporaryFolder,
  Parent,
  postmasterPid,
  postmastersOn,
  query,
} from "./testing/temporary_folder.ts";

const ignore = Deno.build.os === "windows";
const quiet = () => {};

Deno.test(
  "a start after kill -9 of the parent replaces its postmaster and keeps the data",
  { ignore },
  async () => {
    await inTemporaryFolder(async (folder) => {
      await using parent = new Parent(folder);
      const url = await parent.says(/postgresql:\S+(?=\n)/);
      await query(url, "create table kept as select 42 as answer");
      const orphan = await postmasterPid(folder);
      await parent.kill();
      assert.ok(await commandLine(orphan), "the postmaster outlives its parent");

      const postgres = await startPostgres({ folder, onProgress: quiet });
      try {
        assert.equal(postgres.created, false);
        assert.deepEqual(await query(postgres.url, "select answer from kept"), [{ answer: 42 }]);
        assert.equal(await commandLine(orphan), null);
        if (Deno.build.os === "linux") {
          assert.deepEqual(await postmastersOn(folder), [await postmasterPid(folder)]);
        }
      } finally {
        await postgres.stop();
      }
    });
  },
);

Deno.test("an orphan that is busy and has open connections is replaced too", { ignore }, async () => {
  await inTemporaryFolder(async (folder) => {
    await using parent = new Parent(folder);
    const url = await parent.says(/postgresql:\S+(?=\n)/);
    const busy = query(url, "select pg_sleep(60)").catch((error) => error.code as string);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await parent.kill();
    const postgres = await startPostgres({ folder, onProgress: quiet });
    await postgres.stop();
    assert.equal(await busy, "57P01");
  });
});

Deno.test("a second process is refused while the first lives", { ignore }, async () => {
  await inTemporaryFolder(async (folder) => {
    const postgres = await startPostgres({ folder, onProgress: quiet });
    try {
      await using second = new Parent(folder);
      await second.says(/LocalPostgresError: another Sekisho is running on /);
      assert.equal((await query(postgres.url, "select 1 as one"))[0]?.one, 1);
    } finally {
      await postgres.stop();
    }
  });
});

Deno.test("an initdb that was killed in the middle does not poison the next start", { ignore }, async () => {
  await inTemporaryFolder(async (folder) => {
    await using parent = new Parent(folder);
    await parent.says(/Creating the database/);
    await new Promise((resolve) => setTimeout(resolve, 150));
    await parent.kill();
    assert.equal(await exists(dataFolder(folder)), false);
    const postgres = await startPostgres({ folder, onProgress: quiet });
    try {
      assert.equal(postgres.created, true);
      assert.equal((await query(postgres.url, "select 1 as one"))[0]?.one, 1);
    } finally {
      await postgres.stop();
    }
    await (await startPostgres({ folder, onProgress: quiet })).stop();
    for await (const entry of Deno.readDir(folder)) assert.ok(!entry.name.startsWith(UNFINISHED), entry.name);
  });
});

Deno.test("a pid file that names a stranger does not get the stranger signalled", { ignore }, async () => {
  await inTemporaryFolder(async (folder) => {
    await (await startPostgres({ folder, onProgress: quiet })).stop();
    const stranger = new Deno.Command("sleep", { args: ["60"] }).spawn();
    try {
      const lines = [stranger.pid, dataFolder(folder), 1, 5432, "", "127.0.0.1", "1 1", "ready", ""];
      await Deno.writeTextFile(join(dataFolder(folder), "postmaster.pid"), lines.join("\n"));
      const postgres = await startPostgres({ folder, onProgress: quiet });
      assert.equal((await query(postgres.url, "select 1 as one"))[0]?.one, 1);
      await postgres.stop();
      assert.ok(await commandLine(stranger.pid), "the stranger lives");
    } finally {
      stranger.kill();
      await stranger.status;
    }
  });
});

Deno.test(
  "a pid file that names the postmaster of another folder leaves that one alone",
  { ignore },
  async () => {
    await inTemporaryFolder(async (other) => {
      const stranger = await startPostgres({ folder: other, onProgress: quiet });
      await inTemporaryFolder(async (folder) => {
        await (await startPostgres({ folder, onProgress: quiet })).stop();
        const lie = await Deno.readTextFile(join(dataFolder(other), "postmaster.pid"));
        await Deno.writeTextFile(join(dataFolder(folder), "postmaster.pid"), lie);
        await (await startPostgres({ folder, onProgress: quiet })).stop();
      });
      assert.equal((await query(stranger.url, "select 1 as one"))[0]?.one, 1);
      await stranger.stop();
    });
  },
);

Deno.test(
  "wipePostgres ends an orphan, removes everything of ours and nothing else",
  { ignore },
  async () => {
    await inTemporaryFolder(async (folder) => {
      await using parent = new Parent(folder);
      await parent.says(/postgresql:\S+(?=\n)/);
      const orphan = await postmasterPid(folder);
      await assert.rejects(wipePostgres(folder), /another Sekisho is running on /);
      assert.ok(await commandLine(orphan));
      await parent.kill();
      await Deno.writeTextFile(join(folder, "secret"), "not ours");
      await wipePostgres(folder);
      assert.equal(await commandLine(orphan), null);
      assert.deepEqual((await Array.fromAsync(Deno.readDir(folder))).map((entry) => entry.name), ["secret"]);
    });
  },
);
