/**
 * Notices when the `npx` that started us was ended. npx passes no signal on to what it runs: without this, ending it
 * would leave the product and its Postgres behind.
 */
import process from "node:process";

const EVERY_MS = 500;
/** npx → sh → deno task → us. */
const MOST_GENERATIONS = 5;

/** Calls back once when the npx above this process has ended. Does nothing where there is none. */
export async function watchNpx(ended: () => void): Promise<void> {
  const npx = await findNpx();
  if (npx === null) return;
  const timer = setInterval(() => {
    if (isAlive(npx)) return;
    clearInterval(timer);
    ended();
  }, EVERY_MS);
  Deno.unrefTimer(timer);
}

async function findNpx(): Promise<number | null> {
  let pid = Deno.ppid;
  for (let generation = 0; generation < MOST_GENERATIONS && pid > 1; generation++) {
    const found = await describe(pid);
    if (found === null) return null;
    if (/^(npm exec|npx)\b|\bnpx(-cli\.js)?\b/.test(found.command)) return pid;
    pid = found.parent;
  }
  return null;
}

async function describe(pid: number): Promise<{ parent: number; command: string } | null> {
  try {
    const { stdout } = await new Deno.Command("ps", {
      args: ["-o", "ppid=", "-o", "args=", "-p", String(pid)],
      stdin: "null",
      stderr: "null",
    }).output();
    const [, parent, command] = /^\s*(\d+)\s+(.*)$/m.exec(new TextDecoder().decode(stdout)) ?? [];
    return parent === undefined || command === undefined ? null : { parent: Number(parent), command };
  } catch {
    // A machine without ps: Ctrl-C reaches us all the same.
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
