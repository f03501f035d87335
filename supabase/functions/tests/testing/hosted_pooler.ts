/**
 * Debian's PgBouncer in transaction mode in front of the test server: what hosted functions meet as the shared pooler.
 * Few server connections for many clients, so that neighbours share them all the time.
 */
import { join } from "node:path";
import pg from "pg";
import { runAccount } from "../../../local/postgres/run_account.ts";
import { freePort } from "../../../local/testing/product_process.ts";

const PROGRAM = "/usr/sbin/pgbouncer";
const READY_WITHIN_MS = 5000;
/** Server connections per login. */
export const POOL_SIZE = 4;

export interface Pooler extends AsyncDisposable {
  /** The same database as the same role, through the pooler. */
  through(url: string): string;
  /** Transactions that went through it to this database so far. */
  transactions(database: string): Promise<number>;
}

export function hasPooler(): boolean {
  try {
    return Deno.statSync(PROGRAM).isFile;
  } catch {
    return false;
  }
}

/** Starts it. @param logins URLs of the roles that may come through: their passwords become its user list. */
export async function startPooler(logins: readonly string[]): Promise<Pooler> {
  const folder = await Deno.makeTempDir({ prefix: "sekisho_pgbouncer_" });
  const port = freePort();
  const admin = { user: "admin", password: crypto.randomUUID() };
  const users = logins.map((url) => {
    const { username, password } = new URL(url);
    return { user: username, password: decodeURIComponent(password) };
  });
  await Deno.writeTextFile(
    join(folder, "pgbouncer.ini"),
    configuration(folder, port, new URL(logins[0] ?? "")),
  );
  const userList = [admin, ...users].map(({ user, password }) => `"${user}" "${password}"\n`).join("");
  await Deno.writeTextFile(join(folder, "users.txt"), userList);
  // It refuses root, as Postgres does.
  const account = await runAccount(folder + "/none");
  if (account !== undefined) {
    for (const path of [folder, join(folder, "pgbouncer.ini"), join(folder, "users.txt")]) {
      await Deno.chown(path, account.uid, account.gid);
    }
  }
  const process = new Deno.Command(PROGRAM, {
    args: ["--quiet", join(folder, "pgbouncer.ini")],
    ...(account ?? {}),
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const dispose = async () => {
    try {
      process.kill("SIGTERM");
    } catch {
      // It has ended by itself.
    }
    await process.status;
    await Deno.remove(folder, { recursive: true });
  };
  const adminUrl = `postgresql://${admin.user}:${admin.password}@127.0.0.1:${port}/pgbouncer`;
  try {
    await untilItAnswers(adminUrl);
  } catch (error) {
    const log = await Deno.readTextFile(join(folder, "log")).catch(() => "");
    await dispose();
    throw new Error(`PgBouncer did not start:\n${log}`, { cause: error });
  }
  return {
    through(url) {
      const pooled = new URL(url);
      pooled.hostname = "127.0.0.1";
      pooled.port = String(port);
      return pooled.href;
    },
    async transactions(database) {
      const rows = await ask(adminUrl, "show stats_totals");
      return Number(rows.find((row) => row["database"] === database)?.["xact_count"] ?? 0);
    },
    [Symbol.asyncDispose]: dispose,
  };
}

function configuration(folder: string, port: number, server: URL): string {
  return `
[databases]
* = host=${server.hostname} port=${server.port || 5432}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
logfile = ${folder}/log
pool_mode = transaction
default_pool_size = ${POOL_SIZE}
max_client_conn = 200
auth_type = scram-sha-256
auth_file = ${folder}/users.txt
admin_users = admin
`;
}

async function untilItAnswers(url: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    try {
      return void await ask(url, "show version");
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}

async function ask(url: string, command: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  try {
    await client.connect();
    return (await client.query(command)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}
