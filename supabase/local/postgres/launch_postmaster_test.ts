import assert from "node:assert/strict";
import { join } from "node:path";
import { pinnedVersion } from "./find_package.ts";
import { freePort, launchPostmaster } from "./launch_postmaster.ts";
import { dataFolder, logFile, nativeFolder } from "./paths.ts";
import { settingArguments } from "./postgres_settings.ts";
import { runAccount } from "./run_account.ts";
import { startPostgres } from "./start_postgres.ts";
import { inTemporaryFolder } from "./testing/temporary_folder.ts";

Deno.test("launchPostmaster takes another port when its port was taken, and bounds the log", async () => {
  await inTemporaryFolder(async (folder) => {
    await (await startPostgres({ folder, onProgress() {} })).stop();
    await Deno.truncate(logFile(folder), 6 * 1024 * 1024);
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const ports = [taken.addr.port, freePort()];
    const [, free] = ports;
    const postmaster = await launchPostmaster({
      home: folder,
      data: dataFolder(folder),
      bin: join(nativeFolder(folder), pinnedVersion(), "bin"),
      account: await runAccount(dataFolder(folder)),
      arguments: settingArguments({}),
      onProgress() {},
      choosePort: () => ports.shift() ?? freePort(),
    });
    assert.equal(postmaster.port, free);
    assert.ok((await Deno.stat(logFile(folder))).size < 100_000);
    await postmaster.stop();
  });
});
