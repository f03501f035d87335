/** Who may import whom: every import is looked up in the table. Functions stay apart whatever a row says. */
import type { Finding } from "../finding.ts";
import { lineOf, ts, visit } from "./ast.ts";
import { type Import, isDynamicImport } from "./imports.ts";
import type { Layer } from "./table.ts";
import { functionOf, layerOf, type Module, type Tree } from "./tree.ts";

export function importsFollowTheTable({ modules }: Tree): Finding[] {
  return modules.flatMap((module) => {
    const { path, layer } = module;
    if (layer === undefined) {
      return [{
        path,
        line: 1,
        rule: "place",
        what: "the layout has no such place (see .ci/layers/table.ts)",
      }];
    }
    const judged = module.imports.flatMap((found) => {
      const problem = functionsApart(path, layer, found) ??
        (found.target === undefined ? judgePackage(layer, found) : judgeFile(layer, found, found.target));
      return problem === undefined ? [] : [{ path, line: found.line, ...problem }];
    });
    return layer.imports === "*" ? judged : [...judged, ...computedImports(module)];
  });
}

type Problem = Pick<Finding, "rule" | "what"> | undefined;

function functionsApart(path: string, { name }: Layer, { target }: Import): Problem {
  if (target === undefined || name === "cross_tests" || name === "local" || name === "web") return undefined;
  const other = functionOf(target);
  if (other === undefined || other === functionOf(path)) return undefined;
  return { rule: "functions_apart", what: `functions never import each other: ${target}` };
}

function judgeFile(layer: Layer, { typeOnly }: Import, target: string): Problem {
  if (layer.imports === "*") return undefined;
  const to = layerOf(target)?.name;
  const allowed = permission(layer.imports, to);
  if (allowed === "all" || (allowed === "types" && typeOnly)) return undefined;
  return {
    rule: "layers",
    what: allowed === "types"
      ? `${layer.name} may import only types from ${to}: ${target}`
      : `${layer.name} may not import ${to ?? "what is outside the layout"}: ${target}`,
  };
}

function judgePackage(layer: Layer, { specifier, typeOnly }: Import): Problem {
  const name = packageOf(specifier);
  const allowed = permission(layer.packages, name);
  if (allowed === "all" || (allowed === "types" && typeOnly)) return undefined;
  return {
    rule: "packages",
    what: allowed === "types"
      ? `${layer.name} may import only types from package ${name}`
      : `${layer.name} may not import package ${name}`,
  };
}

function permission(list: string, name: string | undefined): "all" | "types" | undefined {
  if (list === "*") return "all";
  const words = list.split(" ");
  if (name === undefined) return undefined;
  return words.includes(name) ? "all" : words.includes(`${name}:types`) ? "types" : undefined;
}

/** `npm:@scope/name@1/sub` → `@scope/name`. */
function packageOf(specifier: string): string {
  const bare = specifier.replace(/^npm:\/?/, "");
  return /^(@[^/]+\/[^/@]+|[^/@]+)/.exec(bare)?.[0] ?? bare;
}

function computedImports({ path, ast }: Module): Finding[] {
  const found: Finding[] = [];
  visit(ast, (node) => {
    if (!isDynamicImport(node)) return;
    const [specifier] = node.arguments;
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) return;
    const what = "a computed import() cannot be held to the layers";
    found.push({ path, line: lineOf(ast, node), rule: "computed_import", what });
  });
  return found;
}
