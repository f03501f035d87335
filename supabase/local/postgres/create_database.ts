// initdb, once per data folder: scram-sha-256 for everyone, UTF-8, no locale. It must never leave a half-made
// cluster where a later start would take it for a whole one, nor the password in a file.
import { join } from "node:path";
import { LocalPostgresError } from "./local_postgres_error.ts";
import { dataFolder, removeTree, unfinishedPath } from "./paths.ts";
import { lastMeaningfulLine } from "./postgres_log.ts";
import { type Account, runCommand } from "./run_command.ts";

const HBA = `# Only this machine, only with the password.
host  all  all  127.0.0.1/32  scram-sha-256
host  all  all  ::1/128       scram-sha-256
`;

export async function createDatabase(
  options: { home: string; bin: string; account: Account | undefined; password: string },
): Promise<void> {
  const { home, bin, account, password } = options;
  const data = unfinishedPath(home);
  const passwordPath = unfinishedPath(home);
  try {
    await Deno.mkdir(data, { mode: 0o700 });
    await Deno.writeTextFile(passwordPath, password + "\n", { mode: 0o600, createNew: true });
    if (account !== undefined) {
      await Deno.chown(data, account.uid, account.gid);
      await Deno.chown(passwordPath, account.uid, account.gid);
    }
    const args = [
      `--pgdata=${data}`,
      "--username=postgres",
      `--pwfile=${passwordPath}`,
      "--auth=scram-sha-256",
    ];
    args.push("--no-locale", "--encoding=UTF8", "--no-sync", "--no-instructions");
    const { code, stderr } = await runCommand(join(bin, "initdb"), args, { account, cwd: home });
    if (code !== 0) {
      throw new LocalPostgresError(`initdb failed: ${lastMeaningfulLine(stderr) ?? `exit code ${code}`}`);
    }
    await Deno.writeTextFile(join(data, "pg_hba.conf"), HBA);
    await Deno.rename(data, dataFolder(home));
  } finally {
    await removeTree(passwordPath);
    await removeTree(data);
  }
}
