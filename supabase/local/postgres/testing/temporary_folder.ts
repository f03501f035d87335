// Data folders, queries and parent processes for the tests of this folder. It must never end a process that it
// did not start.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { commandLine } from "../running_process.ts";
import { dataFolder, readTextOrNull } from "../paths.ts";
import { wipePostgres } from "../start_postgres.ts";

/** A data folder that the account which runs Postgres can reach; wiped afterwards, orphans included. */
export async function inTemporaryFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const parent = await Deno.realPath(await Deno.makeTempDir({ prefix: "sekisho_postgres_" }));
  await Deno.chmod(parent, 0o755);
  const folder = join(parent, "data");
  try {
    await test(folder);
  } finally {
    await wipePostgres(folder);
    await Deno.remove(parent, { recursive: true });
  }
}

export async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  // A server that shuts down under an open connection is no failure of the test.
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

/** The pids of all postmasters that were started on this data folder (Linux). */
export async function postmastersOn(folder: string): Promise<number[]> {
  const pids: number[] = [];
  for await (const entry of Deno.readDir("/proc")) {
    const args = /^\d+$/.test(entry.name) ? await commandLine(Number(entry.name)) : null;
    if (args?.[0]?.endsWith("/postgres") && args.includes(dataFolder(folder))) pids.push(Number(entry.name));
  }
  return pids;
}

export async function postmasterPid(folder: string): Promise<number> {
  return parseInt(await readTextOrNull(join(dataFolder(folder), "postmaster.pid")) ?? "");
}

/** Another process that starts Postgres on the folder. */
export class Parent implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(folder: string) {
    const script = fileURLToPath(new URL("./hold_postgres.ts", import.meta.url));
    const args = ["run", "--quiet", "-A", script, folder];
    this.#child = new Deno.Command(Deno.execPath(), { args, stdin: "null", stdout: "piped", stderr: "null" })
      .spawn();
    this.#reader = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Waits until its output has what is looked for. */
  async says(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(this.#text);
      if (found) return found[0];
      const { done, value } = await this.#reader.read();
      if (done) throw new Error(`the parent ended without ${pattern}: ${this.#text}`);
      this.#text += value;
    }
  }

  /** SIGKILL, as a crash would. */
  async kill(): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#child.status;
    await this.#reader.cancel();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
