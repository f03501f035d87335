// The postmaster's log file: bounded, and read back when a start fails. It must never grow without end.
import { statOrNull } from "./paths.ts";

const LARGEST = 5 * 1024 * 1024;

/** Ready to be appended to; answers the length it has now. */
export async function prepareLog(path: string): Promise<number> {
  const size = (await statOrNull(path))?.size ?? null;
  if (size === null) await Deno.writeTextFile(path, "", { mode: 0o600 });
  else if (size > LARGEST) await Deno.truncate(path);
  return size === null || size > LARGEST ? 0 : size;
}

export async function readLogFrom(path: string, offset: number): Promise<string> {
  using file = await Deno.open(path, { read: true });
  await file.seek(offset, Deno.SeekMode.Start);
  return await new Response(file.readable).text();
}

/** The line that says why: the last fatal one, else the last error, else the last that is not empty. */
export function lastMeaningfulLine(text: string): string | null {
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const line = lines.findLast((line) => /\b(FATAL|PANIC):/.test(line)) ??
    lines.findLast((line) => /error:|ERROR:|cannot|could not/.test(line)) ?? lines.at(-1);
  return line?.replace(/^.*?\b(?:FATAL|PANIC|ERROR|LOG):\s+/, "").replace(
    /^(initdb|postgres): (error: )?/,
    "",
  ) ?? null;
}
