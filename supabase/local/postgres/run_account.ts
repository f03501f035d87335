// Chooses the account that runs Postgres, which refuses root. It must never loosen a file that holds a secret.
import type { Account } from "./run_command.ts";
import { runCommand } from "./run_command.ts";
import { readTextOrNull, statOrNull } from "./paths.ts";
import { LocalPostgresError } from "./local_postgres_error.ts";

export function isRoot(): boolean {
  return Deno.build.os !== "windows" && Deno.uid() === 0;
}

/**
 * The account for root to run Postgres under; undefined when we are an ordinary user.
 * An existing database keeps its owner, so that one start by sudo does not lock its owner out.
 */
export async function runAccount(data: string): Promise<Account | undefined> {
  const owner = Deno.build.os === "windows" ? null : await statOrNull(data);
  if (!isRoot()) {
    if (owner !== null && owner.uid !== Deno.uid()) {
      throw new LocalPostgresError(
        `${data} belongs to another account; start as that account or choose another data folder`,
      );
    }
    return undefined;
  }
  if (owner !== null && owner.uid) return { uid: owner.uid, gid: owner.gid ?? owner.uid };
  const accounts = (await readTextOrNull("/etc/passwd")) ?? "";
  const account = findAccount(accounts, "postgres") ?? findAccount(accounts, "nobody");
  if (account === undefined) {
    throw new LocalPostgresError(
      "Postgres refuses to run as root, and there is no account postgres or nobody",
    );
  }
  return account;
}

export function findAccount(passwd: string, name: string): Account | undefined {
  for (const line of passwd.split("\n")) {
    const [account, , uid, gid] = line.split(":");
    // macOS writes nobody as -2.
    if (account === name && uid && gid) return { uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 };
  }
  return undefined;
}

/** Asks by trying, so that ACLs and every parent folder count. */
export async function canEnter(folder: string, account: Account): Promise<boolean> {
  return (await runCommand("/bin/sh", ["-c", 'cd -- "$1"', "sh", folder], { account, cwd: "/" })).code === 0;
}
