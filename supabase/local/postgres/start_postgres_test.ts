import assert from "node:assert/strict";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { dataFolder, logFile, passwordFile, UNFINISHED } from "./paths.ts";
import { LocalPostgresError, startPostgres } from "./start_postgres.ts";
import { inTemporaryFolder, postmasterPid, postmastersOn, query } from "./testing/temporary_folder.ts";
import { commandLine } from "./running_process.ts";

const linux = Deno.build.os === "linux";
const quiet = () => {};

Deno.test("startPostgres makes a database that only the password opens", async () => {
  await inTemporaryFolder(async (folder) => {
    const postgres = await startPostgres({ folder, onProgress: quiet });
    try {
      assert.equal(postgres.created, true);
      assert.match(postgres.url, /^postgresql:\/\/postgres:[\w-]{43}@127\.0\.0\.1:\d+\/postgres$/);
      const [row] = await query(
        postgres.url,
        `select current_setting('server_version_num')::int / 10000 as major, rolsuper, pg_encoding_to_char(encoding) as encoding,
                current_setting('fsync') as fsync, rolpassword like 'SCRAM-SHA-256%' as scram
           from pg_authid, pg_database where rolname = current_user and datname = current_database()`,
      );
      assert.deepEqual(row, { major: 17, rolsuper: true, encoding: "UTF8", fsync: "on", scram: true });

      const wrong = new URL(postgres.url);
      wrong.password = "wrong";
      await assert.rejects(query(wrong.href, "select 1"), { code: "28P01" });
      const rules = await query(postgres.url, "select type, address, auth_method from pg_hba_file_rules");
      assert.deepEqual(rules, [
        { type: "host", address: "127.0.0.1", auth_method: "scram-sha-256" },
        { type: "host", address: "::1", auth_method: "scram-sha-256" },
      ]);
    } finally {
      await postgres.stop();
    }
  });
});

Deno.test("startPostgres listens on 127.0.0.1 alone and keeps its secrets private", async () => {
  await inTemporaryFolder(async (folder) => {
    const postgres = await startPostgres({ folder, onProgress: quiet });
    try {
      const port = Number(new URL(postgres.url).port);
      const others = Object.values(networkInterfaces()).flat().filter((face) =>
        face?.family === "IPv4" && !face.internal
      );
      for (const face of others) assert.equal(await accepts(face?.address ?? "", port), false);
      assert.equal(await accepts("127.0.0.1", port), true);
      assert.equal(((await Deno.stat(passwordFile(folder))).mode ?? 0) & 0o777, 0o600);
      await assert.rejects(query(postgres.url, "select 'the secret of this statement', 1/0"), {
        code: "22012",
      });
      assert.doesNotMatch(await Deno.readTextFile(logFile(folder)), /secret/);
      if (linux) {
        const environment = await Deno.readTextFile(`/proc/${await postmasterPid(folder)}/environ`);
        assert.doesNotMatch(environment, /HOME=|SEKISHO/);
        const stat = await Deno.readTextFile(`/proc/${await postmasterPid(folder)}/stat`);
        const session = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3]);
        assert.equal(session, await postmasterPid(folder), "the terminal's Ctrl-C does not reach it");
      }
    } finally {
      await postgres.stop();
    }
  });
});

Deno.test("startPostgres keeps the data and is silent on a warm start", async () => {
  await inTemporaryFolder(async (folder) => {
    const first = await startPostgres({ folder, onProgress: quiet });
    await query(first.url, "create table kept as select 42 as answer");
    await first.stop();
    const messages: string[] = [];
    const second = await startPostgres({
      folder,
      onProgress: (message) => messages.push(message),
      settings: { work_mem: "5MB" },
    });
    try {
      assert.equal(second.created, false);
      assert.deepEqual(messages, []);
      assert.deepEqual(
        await query(second.url, "select answer, current_setting('work_mem') as memory from kept"),
        [
          { answer: 42, memory: "5MB" },
        ],
      );
    } finally {
      await second.stop();
    }
  });
});

Deno.test("stop leaves no process, may be called twice, and resolves exited", async () => {
  await inTemporaryFolder(async (folder) => {
    const postgres = await startPostgres({ folder, onProgress: quiet });
    const pid = await postmasterPid(folder);
    assert.ok(await commandLine(pid));
    await Promise.all([postgres.stop(), postgres.stop()]);
    await postgres.stop();
    assert.equal(await commandLine(pid), null);
    assert.equal(await postgres.exited, "Postgres ended (exit code 0)");
  });
});

Deno.test("exited tells that the postmaster was killed, and the next start recovers", async () => {
  await inTemporaryFolder(async (folder) => {
    const first = await startPostgres({ folder, onProgress: quiet });
    await query(first.url, "create table kept as select 42 as answer");
    Deno.kill(await postmasterPid(folder), "SIGKILL");
    assert.match(await first.exited, /^Postgres ended \(signal SIGKILL\)/);
    await first.stop();
    const second = await startPostgres({ folder, onProgress: quiet });
    try {
      assert.deepEqual(await query(second.url, "select answer from kept"), [{ answer: 42 }]);
    } finally {
      await second.stop();
    }
  });
});

Deno.test("startPostgres refuses a folder that is served, and the first goes on", async () => {
  await inTemporaryFolder(async (folder) => {
    const first = await startPostgres({ folder, onProgress: quiet });
    try {
      await assert.rejects(startPostgres({ folder, onProgress: quiet }), (error) => {
        assert.ok(error instanceof LocalPostgresError);
        assert.ok(error.message.startsWith(`another Sekisho is running on ${folder}: `));
        return true;
      });
      assert.equal((await query(first.url, "select 1 as one"))[0]?.one, 1);
    } finally {
      await first.stop();
    }
  });
});

Deno.test("startPostgres says in one line why Postgres cannot start, and leaves nothing running", async () => {
  await inTemporaryFolder(async (folder) => {
    const settings = { shared_buffers: "one" };
    await assert.rejects(startPostgres({ folder, onProgress: quiet, settings }), (error) => {
      assert.ok(error instanceof LocalPostgresError);
      assert.match(error.message, /^Postgres cannot start: .*shared_buffers.*$/);
      return true;
    });
    if (linux) assert.deepEqual(await postmastersOn(folder), []);
    await (await startPostgres({ folder, onProgress: quiet })).stop();
  });
});

Deno.test("startPostgres refuses a database whose password is lost", async () => {
  await inTemporaryFolder(async (folder) => {
    await (await startPostgres({ folder, onProgress: quiet })).stop();
    await Deno.remove(passwordFile(folder));
    await assert.rejects(startPostgres({ folder, onProgress: quiet }), /postgres_password is missing/);
    assert.ok((await Deno.stat(dataFolder(folder))).isDirectory);
    for await (const entry of Deno.readDir(folder)) assert.ok(!entry.name.startsWith(UNFINISHED), entry.name);
  });
});

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 500 });
    const settle = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", () => settle(true)).once("error", () => settle(false)).once(
      "timeout",
      () => settle(false),
    );
  });
}
