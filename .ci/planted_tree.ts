/** For the tests of the checks: a temporary repository with the given files, and what a check says about it. */
import { type Check, formatFinding } from "./finding.ts";
import { git } from "./list_files.ts";

/** The findings as lines; the tree is gone afterwards. */
export async function checkPlanted(check: Check, files: Readonly<Record<string, string>>): Promise<string[]> {
  const root = await Deno.makeTempDir({ prefix: "planted_" });
  try {
    await git("init", "-q", root);
    for (const [path, text] of Object.entries(files)) {
      const file = `${root}/${path}`;
      await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(file, text);
    }
    return (await check(root)).map(formatFinding);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}
