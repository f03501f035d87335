/**
 * Builds the pages when they are missing or older than their sources. In a process of its own: the bundler takes more
 * memory than the whole server.
 */
import { toBase64Url } from "../functions/_shared/encoding.ts";

const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);
const WEB = `${ROOT}web`;
/** Holds a digest of the sources that the build was made from. */
const STAMP = "built_from";

/** The pages could not be built. One line, for a person. */
export class BuildError extends Error {
  override readonly name = "BuildError";
}

/** Where the built pages are, after building them if need be. @throws BuildError also when it was interrupted. */
export async function buildWeb(
  onProgress: (message: string) => void,
  interrupted: AbortSignal = new AbortController().signal,
): Promise<string> {
  const dist = `${WEB}/dist`;
  const digest = await digestOfSources();
  if (await readText(`${dist}/${STAMP}`) === digest) return dist;
  onProgress("Building the pages");
  // Built aside and moved, so that a server beside this one never serves half of it.
  const aside = `${WEB}/dist.${Deno.pid}`;
  try {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", "--quiet", `${ROOT}supabase/local/run_vite.ts`, WEB, aside],
      cwd: ROOT,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      signal: interrupted,
    }).output();
    if (!success) {
      throw new BuildError(`the pages could not be built: ${reasonIn(new TextDecoder().decode(stderr))}`);
    }
    await Deno.writeTextFile(`${aside}/${STAMP}`, digest);
    await Deno.remove(dist, { recursive: true }).catch(() => {});
    await Deno.rename(aside, dist);
  } finally {
    await Deno.remove(aside, { recursive: true }).catch(() => {});
  }
  return dist;
}

async function digestOfSources(): Promise<string> {
  const files = [`${ROOT}import_map.json`, ...await filesBelow(WEB)].sort();
  const parts: Uint8Array[] = [];
  for (const file of files) {
    parts.push(new TextEncoder().encode(`\0${file.slice(ROOT.length)}\0`), await Deno.readFile(file));
  }
  const digest = await crypto.subtle.digest("SHA-256", await new Blob(parts as BlobPart[]).arrayBuffer());
  return toBase64Url(new Uint8Array(digest));
}

async function filesBelow(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory && entry.name !== "node_modules" && !entry.name.startsWith("dist")) {
      files.push(...await filesBelow(path));
    } else if (entry.isFile && !entry.name.endsWith("_test.ts")) {
      files.push(path);
    }
  }
  return files;
}

async function readText(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch {
    return null;
  }
}

/** The one line of the bundler's that says what went wrong: not its summary, not the frames around it. */
export function reasonIn(stderr: string): string {
  // deno-lint-ignore no-control-regex
  const lines = stderr.replace(/\x1b\[[\d;]*m/g, "").split("\n").map((line) => line.trim());
  const begin = Math.max(lines.findIndex((line) => line.startsWith("error:")), 0);
  const [reason = "no reason was given"] = lines.slice(begin).filter((line) =>
    line !== "" && !/^at |^\[plugin |^error: .*Build failed with \d+ errors?:$/.test(line)
  );
  return reason.replace(/^error: (Uncaught )?(\(in promise\) )?(Error: )?/, "");
}
