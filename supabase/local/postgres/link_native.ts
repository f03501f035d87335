// Makes a runnable tree of the npm package's `native` folder: hard links (no bytes) or, across file systems,
// copies, plus the symlinks that the package's install script would have made. It must never write into the
// package itself: npm caches are shared, and may be read-only.
import { dirname, join, normalize, relative, sep } from "node:path";
import { readTextOrNull } from "./paths.ts";

export async function linkNative(native: string, target: string, how: "link" | "copy"): Promise<void> {
  await reproduce(native, target, how);
  const links = JSON.parse(await readTextOrNull(join(native, "pg-symlinks.json")) ?? "[]") as Link[];
  for (const link of links) await makeSymlink(target, link);
}

interface Link {
  readonly source: string;
  readonly target: string;
}

async function reproduce(from: string, to: string, how: "link" | "copy"): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  // The umask may be 077, and the account that runs Postgres is perhaps another.
  if (Deno.build.os !== "windows") await Deno.chmod(to, 0o755);
  for await (const entry of Deno.readDir(from)) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory) await reproduce(source, target, how);
    else if (entry.isFile) await (how === "link" ? linkOrCopy(source, target) : copy(source, target));
  }
}

async function linkOrCopy(source: string, target: string): Promise<void> {
  try {
    await Deno.link(source, target);
  } catch {
    await copy(source, target);
  }
}

async function copy(source: string, target: string): Promise<void> {
  await Deno.copyFile(source, target);
  if (Deno.build.os === "windows") return;
  const mode = (await Deno.stat(target)).mode ?? 0;
  await Deno.chmod(target, mode & 0o100 ? 0o755 : 0o644);
}

async function makeSymlink(target: string, link: Link): Promise<void> {
  const path = inside(target, link.target);
  const pointsTo = inside(target, link.source);
  try {
    await Deno.symlink(relative(dirname(path), pointsTo), path);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

/** `native/lib/x` below our tree; a path that climbs out is refused. */
function inside(target: string, path: string): string {
  const below = normalize(path).split(sep);
  if (below[0] !== "native" || below.includes("..")) {
    throw new Error(`unexpected path in pg-symlinks.json: ${path}`);
  }
  return join(target, ...below.slice(1));
}
