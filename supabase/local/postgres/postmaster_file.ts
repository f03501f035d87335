// postmaster.pid, the file by which Postgres says who serves a data folder. It must never be trusted about a
// living process: whatever is to be signalled has to be shown to serve our data folder.
import { basename, join } from "node:path";
import { readTextOrNull, statOrNull } from "./paths.ts";
import { commandLine } from "./running_process.ts";

export interface PostmasterFile {
  readonly pid: number;
  readonly port: number;
  /** `ready` when connections are accepted. */
  readonly status: string;
}

export function postmasterPath(data: string): string {
  return join(data, "postmaster.pid");
}

export async function readPostmasterFile(data: string): Promise<PostmasterFile | null> {
  const text = await readTextOrNull(postmasterPath(data));
  if (text === null) return null;
  const lines = text.split("\n");
  return { pid: Number(lines[0]?.trim()), port: Number(lines[3]?.trim()), status: lines[7]?.trim() ?? "" };
}

/** `unclear`: a postmaster whose data folder cannot be told (moved away, or not ours to look at). */
export type Identity = "gone" | "foreign" | "ours" | "unclear";

export async function identify(pid: number, data: string): Promise<Identity> {
  const args = await commandLine(pid);
  if (args === null) return "gone";
  if (!/^postgres(\.exe)?$/.test(basename(args[0] ?? ""))) return "foreign";
  // `ps` does not say where an argument with spaces ends: compare the text first.
  if (` ${args.join(" ")} `.includes(` -D ${data} `)) return "ours";
  const named = args[args.indexOf("-D") + 1] ?? "";
  // A postmaster works inside its data folder, which tells the truth even after the folder was moved.
  const places = [named, ...(Deno.build.os === "linux" ? [`/proc/${pid}/cwd`] : [])];
  let seen = false;
  for (const place of places) {
    const same = await isSameFolder(place, data);
    if (same) return "ours";
    seen ||= same === false;
  }
  return seen ? "foreign" : "unclear";
}

async function isSameFolder(place: string, data: string): Promise<boolean | null> {
  try {
    const [a, b] = await Promise.all([statOrNull(place), statOrNull(data)]);
    return a === null || b === null ? null : a.ino === b.ino && a.dev === b.dev;
  } catch {
    return null;
  }
}
