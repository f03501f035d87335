// What the operating system says about a process by its number. It must never be taken for proof of identity
// alone: numbers are reused, so callers compare the command line.
import { readTextOrNull } from "./paths.ts";
import { runCommand } from "./run_command.ts";

/** The arguments of a live process; null when there is none (a zombie counts as none). */
export async function commandLine(pid: number): Promise<string[] | null> {
  if (!Number.isInteger(pid) || pid <= 1) return null;
  if (Deno.build.os === "linux") {
    try {
      const text = await readTextOrNull(`/proc/${pid}/cmdline`);
      return text ? text.split("\0").filter((part) => part !== "") : null;
    } catch {
      // The process ended between open and read (ESRCH).
      return null;
    }
  }
  if (Deno.build.os === "windows") return await windowsCommandLine(pid);
  const { stdout } = await runCommand("ps", ["-ww", "-o", "stat=", "-o", "command=", "-p", String(pid)]);
  const [stat, ...words] = stdout.trim().split(/\s+/);
  return !stat || stat.startsWith("Z") ? null : words;
}

async function windowsCommandLine(pid: number): Promise<string[] | null> {
  const query = `(Get-CimInstance Win32_Process -Filter "ProcessId=${pid}").CommandLine`;
  const { stdout } = await runCommand("powershell", ["-NoProfile", "-Command", query]);
  return stdout.trim() === "" ? null : stdout.trim().split(/\s+/);
}
