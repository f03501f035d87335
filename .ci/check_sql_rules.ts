/** Holds migrations to the SQL section of the design, as far as their text shows it. */
import { type Finding, runCheck, sortFindings } from "./finding.ts";
import { listFiles } from "./list_files.ts";
import * as rules from "./sql/rules.ts";
import { readSql } from "./sql/statements.ts";

export async function checkSqlRules(root: string): Promise<Finding[]> {
  const paths = (await listFiles(root, ["supabase/migrations"])).filter((path) => path.endsWith(".sql"));
  const files = await Promise.all(
    paths.map(async (path) => readSql(path, await Deno.readTextFile(`${root}/${path}`))),
  );
  return sortFindings(files.flatMap((file) => Object.values(rules).flatMap((rule) => rule(file, files))));
}

if (import.meta.main) await runCheck("sql rules", checkSqlRules);
