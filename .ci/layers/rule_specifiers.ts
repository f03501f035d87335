/** Where packages come from: npm through the import map, which alone names versions. */
import type { Finding } from "../finding.ts";
import { lineOf, textOf, ts, visit } from "./ast.ts";
import { mayComputeAVersion } from "./table.ts";
import type { Module, Tree } from "./tree.ts";

export function specifiersComeFromTheImportMap({ modules }: Tree): Finding[] {
  return modules.flatMap((module) => [...remoteImports(module), ...writtenVersions(module)]);
}

function remoteImports({ path, imports }: Module): Finding[] {
  return imports.filter(({ specifier }) => /^(jsr:|https?:)/.test(specifier)).map(({ specifier, line }) => (
    { path, line, rule: "remote_import", what: `packages come from npm through the import map: ${specifier}` }
  ));
}

/** Any string counts, not only an import's: `deno run npm:x@1` names a version just as well. */
function writtenVersions({ path, ast }: Module): Finding[] {
  const found: Finding[] = [];
  visit(ast, (node) => {
    const text = textOf(node);
    if (text === undefined || !/^npm:\/?(@[^/]+\/)?[^/@]+@/.test(text)) return;
    if (ts.isTemplateExpression(node) && path.startsWith(mayComputeAVersion)) return;
    const what = `only import_map.json names versions: ${text}`;
    found.push({ path, line: lineOf(ast, node), rule: "version_in_specifier", what });
  });
  return found;
}
