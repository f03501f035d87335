// Starts the postmaster and waits until it accepts connections. It must never leave a process behind when that
// fails, and must never hand our environment or an open file of ours to it.
import { type ChildProcess, spawn } from "node:child_process";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { LocalPostgresError } from "./local_postgres_error.ts";
import { logFile } from "./paths.ts";
import { lastMeaningfulLine, prepareLog, readLogFrom } from "./postgres_log.ts";
import { readPostmasterFile } from "./postmaster_file.ts";
import { replaceOrphan } from "./replace_orphan.ts";
import { type Account, bareEnvironment } from "./run_command.ts";
import { sendSignal, stopPostmaster } from "./stop_postmaster.ts";

const RECOVERY_MS = 120_000;

/** Someone took the port in between; an orphan has just come up; backends of a killed one are still leaving. */
const PASSING =
  /could not create any TCP\/IP sockets|"postmaster\.pid" already exists|pre-existing shared memory block/;

export interface LaunchOptions {
  readonly home: string;
  readonly data: string;
  readonly bin: string;
  readonly account: Account | undefined;
  readonly arguments: readonly string[];
  readonly onProgress: (message: string) => void;
  /** Replaced in tests: a port that is taken. */
  readonly choosePort?: () => number;
}

export interface Postmaster {
  readonly port: number;
  readonly exited: Promise<string>;
  stop(): Promise<void>;
}

export async function launchPostmaster(options: LaunchOptions): Promise<Postmaster> {
  for (let attempt = 1;; attempt++) {
    // Every time: a parent may have been killed so early that its postmaster had no pid file yet.
    await replaceOrphan(options.data, options.bin);
    const port = (options.choosePort ?? freePort)();
    const { process, why } = await launchOnce(options, port);
    if (process !== null) return { port, ...process };
    if (!PASSING.test(why) || attempt === 20) {
      throw new LocalPostgresError(
        `Postgres cannot start: ${lastMeaningfulLine(why) ?? "no reason was logged"}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

type Launched = { process: Omit<Postmaster, "port">; why: "" } | { process: null; why: string };

async function launchOnce(options: LaunchOptions, port: number): Promise<Launched> {
  const { data, bin } = options;
  const log = logFile(options.home);
  const offset = await prepareLog(log);
  const child = await spawnPostmaster(options, port, log);
  let ended = false;
  const exited = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`));
  }).then((how) => {
    ended = true;
    return how;
  });
  const stop = async () => {
    // Our own child keeps its number until the runtime has seen it end. (child.kill would report its own signal
    // as the cause of a clean exit.)
    await stopPostmaster(
      async (signal) => {
        if (!ended && child.pid !== undefined) await sendSignal(child.pid, signal, bin);
      },
      () => ended,
    );
    await exited;
  };

  const started = Date.now();
  let told = false;
  while (!ended) {
    const file = await readPostmasterFile(data);
    if (file?.pid === child.pid && file?.status === "ready") {
      return { process: { exited: exited.then((how) => describe(how, log, offset)), stop }, why: "" };
    }
    const waited = Date.now() - started;
    if (waited > 3000 && !told) options.onProgress("Postgres is recovering the database");
    told ||= waited > 3000;
    if (waited > RECOVERY_MS) {
      await stop();
      return { process: null, why: `not ready after ${RECOVERY_MS / 1000} s` };
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return { process: null, why: await readLogFrom(log, offset) || await exited };
}

/**
 * A session of its own: the terminal's Ctrl-C reaches us alone, and the servers stop before their database.
 * (Were it to arrive, it would be a fast shutdown: harmless to data.) The log is the child's own descriptor, not
 * a pipe through us, so that it outlives us.
 */
async function spawnPostmaster(options: LaunchOptions, port: number, log: string): Promise<ChildProcess> {
  const file = await open(log, "a");
  try {
    const args = ["-D", options.data, "-p", String(port), ...options.arguments];
    return spawn(join(options.bin, "postgres"), args, {
      cwd: options.home,
      env: bareEnvironment(),
      stdio: ["ignore", file.fd, file.fd],
      detached: true,
      windowsHide: true,
      ...(options.account ?? {}),
    });
  } finally {
    await file.close();
  }
}

export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function describe(how: string, log: string, offset: number): Promise<string> {
  const line = how === "exit code 0"
    ? null
    : lastMeaningfulLine(await readLogFrom(log, offset).catch(() => ""));
  return `Postgres ended (${how})${line === null ? "" : `: ${line}`}`;
}
