/** Network, clock, randomness and the runtime come in through `deps`: outside a few layers nobody reaches for them. */
import type { Finding } from "../finding.ts";
import { lineOf, ts, visit } from "./ast.ts";
import { ambient, mayTouchTheWorld, onlyFetcher } from "./table.ts";
import { isTest, type Module, type Tree } from "./tree.ts";

export function theWorldComesInThroughDeps({ modules }: Tree): Finding[] {
  return modules.flatMap((module) => {
    const layer = module.layer?.name ?? "";
    if (isTest(module) || mayTouchTheWorld.includes(layer)) return [];
    if (layer !== "web") {
      return uses(module, ambient).map(({ line, name }) => (
        { path: module.path, line, rule: "ambient", what: `${name} comes in through deps` }
      ));
    }
    if (module.path === onlyFetcher) return [];
    return uses(module, ["fetch"]).map(({ line }) => (
      { path: module.path, line, rule: "only_fetcher", what: `only ${onlyFetcher} may call fetch` }
    ));
  });
}

function uses({ ast }: Module, names: readonly string[]): { line: number; name: string }[] {
  const found: { line: number; name: string }[] = [];
  visit(ast, (node) => {
    const name = nameOf(node);
    if (name !== undefined && names.includes(name)) found.push({ line: lineOf(ast, node), name });
  });
  return found;
}

/** How the table writes this node: `fetch`, `Date.now`, `new Date()`, `Date()`. */
function nameOf(node: ts.Node): string | undefined {
  if (ts.isNewExpression(node)) {
    const argless = node.arguments === undefined || node.arguments.length === 0;
    return argless && ts.isIdentifier(node.expression) ? `new ${node.expression.text}()` : undefined;
  }
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.arguments.length === 0) {
    return `${node.expression.text}()`;
  }
  if (ts.isPropertyAccessExpression(node)) return dotted(node);
  return ts.isIdentifier(node) && isReference(node) ? node.text : undefined;
}

function dotted(node: ts.Expression): string | undefined {
  if (ts.isIdentifier(node)) return node.text;
  if (!ts.isPropertyAccessExpression(node)) return undefined;
  const left = dotted(node.expression);
  if (left === undefined) return undefined;
  return ["globalThis", "window", "self"].includes(left) ? node.name.text : `${left}.${node.name.text}`;
}

/** False where an identifier only names a member, a declaration or, as in `typeof fetch`, a type. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) || ts.isBindingElement(parent)) {
    return parent.name !== node && (!ts.isBindingElement(parent) || parent.propertyName !== node);
  }
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isTypeQueryNode(parent) || ts.isImportSpecifier(parent) || ts.isJsxAttribute(parent)) return false;
  return (parent as ts.NamedDeclaration).name !== node;
}
