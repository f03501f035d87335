/** Holds the tree to its layout: who imports whom, what is ambient, names, packages, SQL. The law is layers/table.ts. */
import { type Finding, runCheck, sortFindings } from "./finding.ts";
import { theWorldComesInThroughDeps } from "./layers/rule_ambient.ts";
import { importsNeverCircle } from "./layers/rule_cycles.ts";
import { theKernelIsShared } from "./layers/rule_home.ts";
import { importsFollowTheTable } from "./layers/rule_imports.ts";
import { foldersSayWhatTheyHold, namesAreSnakeCase, onlyRegistriesCollect } from "./layers/rule_names.ts";
import { specifiersComeFromTheImportMap } from "./layers/rule_specifiers.ts";
import { sqlIsConstantText } from "./layers/rule_sql_text.ts";
import { readTree } from "./layers/tree.ts";

const rules = [
  importsFollowTheTable,
  specifiersComeFromTheImportMap,
  theWorldComesInThroughDeps,
  theKernelIsShared,
  importsNeverCircle,
  foldersSayWhatTheyHold,
  namesAreSnakeCase,
  onlyRegistriesCollect,
  sqlIsConstantText,
];

export async function checkLayers(root: string): Promise<Finding[]> {
  const tree = await readTree(root);
  return sortFindings(rules.flatMap((rule) => rule(tree)));
}

if (import.meta.main) await runCheck("layers", checkLayers);
