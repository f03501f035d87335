/** SQL is constant text with parameters: a value spliced into it is an injection waiting for its input. */
import type { Finding } from "../finding.ts";
import { lineOf, textOf, ts, visit } from "./ast.ts";
import type { Tree } from "./tree.ts";

/** Sequences that prose does not contain; `call` alone does, so it must be followed by `name(`. */
const sql =
  /\bselect\b[^;]*\bfrom\b|\binsert\s+into\b|\bupdate\b[^;]*\bset\b|\bdelete\s+from\b|\bset\s+local\b|\bcall\s+[\w.$"{}]+\s*\(/i;

export function sqlIsConstantText({ modules }: Tree): Finding[] {
  return modules.filter(({ path }) => path.startsWith("supabase/functions/")).flatMap(({ path, ast }) => {
    const found: Finding[] = [];
    visit(ast, (node) => {
      const text = composedText(node);
      if (text === undefined || !sql.test(text)) return;
      const what = "SQL is constant text: pass values as parameters";
      found.push({ path, line: lineOf(ast, node), rule: "sql_text", what });
    });
    return found;
  });
}

/** The text of a template or a chain of `+` that is not constant. */
function composedText(node: ts.Node): string | undefined {
  if (ts.isTemplateExpression(node)) return textOf(node);
  if (!isPlus(node) || isPlus(node.parent)) return undefined;
  const parts = operands(node);
  // A template in the chain is judged by itself too, but alone it may not show the keywords.
  return parts.every((part) => ts.isStringLiteralLike(part))
    ? undefined
    : parts.map((part) => textOf(part) ?? "${}").join("");
}

function isPlus(node: ts.Node): node is ts.BinaryExpression {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken;
}

function operands(node: ts.Expression): ts.Expression[] {
  return isPlus(node) ? [...operands(node.left), ...operands(node.right)] : [node];
}
