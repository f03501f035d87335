// Ends one postmaster: fast shutdown, then immediate, then a kill, all of which keep committed data. It must
// never signal a process that is not (or no longer) the postmaster of our data folder.
import { join } from "node:path";
import { identify } from "./postmaster_file.ts";
import { runCommand } from "./run_command.ts";

const FAST_MS = 3000;
const IMMEDIATE_MS = 1200;

export async function stopPostmaster(
  options: { pid: number; data: string; bin: string | null; isGone: () => boolean | Promise<boolean> },
): Promise<void> {
  const steps = [["SIGINT", FAST_MS], ["SIGQUIT", IMMEDIATE_MS], ["SIGKILL", IMMEDIATE_MS]] as const;
  for (const [signal, patience] of steps) {
    if (await options.isGone() || await identify(options.pid, options.data) !== "ours") return;
    await send(options.pid, signal, options.bin);
    const deadline = Date.now() + patience;
    while (Date.now() < deadline) {
      if (await options.isGone()) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

async function send(
  pid: number,
  signal: "SIGINT" | "SIGQUIT" | "SIGKILL",
  bin: string | null,
): Promise<void> {
  if (Deno.build.os === "windows" && bin !== null && signal !== "SIGKILL") {
    // Windows has no signals; Postgres listens on a pipe that pg_ctl knows.
    await runCommand(join(bin, "pg_ctl"), ["kill", signal.slice(3), String(pid)]);
    return;
  }
  try {
    Deno.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
