/** The judged files, parsed: each with its layer and its imports, resolved. */
import { listFiles } from "../list_files.ts";
import { parse, type ts } from "./ast.ts";
import { type Import, readImports } from "./imports.ts";
import { functions, type Layer, layers } from "./table.ts";

export interface Module {
  readonly path: string;
  /** Its row of the table; none when the layout has no such place. */
  readonly layer: Layer | undefined;
  readonly imports: readonly Import[];
  readonly ast: ts.SourceFile;
}

export interface Tree {
  /** Every file below the judged areas, code or not. */
  readonly paths: readonly string[];
  readonly modules: readonly Module[];
}

const areas = ["supabase/functions", "supabase/local", "web/src", "docs/examples"];

export async function readTree(root: string): Promise<Tree> {
  const paths = await listFiles(root, areas);
  const modules = await Promise.all(
    paths.filter(isCode).map(async (path) => {
      const ast = parse(path, await Deno.readTextFile(`${root}/${path}`));
      return { path, layer: layerOf(path), imports: readImports(path, ast), ast };
    }),
  );
  return { paths, modules };
}

export function isCode(path: string): boolean {
  return /\.([cm]?[jt]s|[jt]sx)$/.test(path);
}

const places = layers.map((layer) => ({ layer, pattern: globToRegExp(layer.files) }));

export function layerOf(path: string): Layer | undefined {
  return places.find(({ pattern }) => pattern.test(path))?.layer;
}

function globToRegExp(glob: string): RegExp {
  const pattern = glob
    .replaceAll(".", "\\.")
    .replaceAll("<fn>", `(?:${functions.join("|")})`)
    .replaceAll("**/", "(?:.+/)?")
    .replaceAll("**", ".+")
    .replaceAll("*", "[^/]*");
  return new RegExp(`^${pattern}$`);
}

/** The function that a file belongs to; none for the kernel, the cross-function tests and everything else. */
export function functionOf(path: string): string | undefined {
  const name = /^supabase\/functions\/([^/]+)\//.exec(path)?.[1];
  return name === "_shared" || name === "tests" ? undefined : name;
}

export function isTest({ path, layer }: Module): boolean {
  return layer?.name === "test" || layer?.name === "cross_tests" || /_test\.tsx?$/.test(path);
}
