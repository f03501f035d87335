// Ends one postmaster: fast shutdown, then immediate, then a kill, all of which keep committed data. It must
// never be handed a pid alone: who sends the signal has made sure whose process that is.
import { join } from "node:path";
import { runCommand } from "./run_command.ts";

export type StopSignal = "SIGINT" | "SIGQUIT" | "SIGKILL";

const STEPS: readonly (readonly [StopSignal, number])[] = [["SIGINT", 3000], ["SIGQUIT", 1200], [
  "SIGKILL",
  1200,
]];

export async function stopPostmaster(
  send: (signal: StopSignal) => unknown,
  isGone: () => boolean | Promise<boolean>,
): Promise<void> {
  for (const [signal, patience] of STEPS) {
    if (await isGone()) return;
    await send(signal);
    const deadline = Date.now() + patience;
    while (Date.now() < deadline) {
      if (await isGone()) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

export async function sendSignal(pid: number, signal: StopSignal, bin: string | null): Promise<void> {
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
