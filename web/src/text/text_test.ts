/** The language files: complete in each, and the only place of what a person reads. */
import assert from "node:assert/strict";
import ts from "typescript";
import { en } from "./en.ts";
import { ja } from "./ja.ts";

/** Every key of a tree of texts, with its text. */
function flat(texts: object, path = ""): [key: string, text: string][] {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === "string"
      ? [[`${path}${key}`, value]] as [string, string][]
      : flat(value, `${path}${key}.`)
  );
}

Deno.test("each language has every key of the other, and a text at each", () => {
  const [english, japanese] = [flat(en), flat(ja)];
  assert.deepEqual(japanese.map(([key]) => key), english.map(([key]) => key));
  for (const [key, text] of [...english, ...japanese]) assert.ok(text.trim() !== "", key);
});

Deno.test("Japanese texts are Japanese, English ones are not", () => {
  const names = ["site"];
  for (const [key, text] of flat(ja)) {
    assert.ok(
      names.includes(key) || /[\p{scx=Hira}\p{scx=Kana}\p{Script=Han}]/u.test(text),
      `${key}: ${text}`,
    );
  }
  for (const [key, text] of flat(en)) {
    assert.doesNotMatch(text, /[\p{Script=Hira}\p{Script=Kana}\p{Script=Han}]/u, key);
  }
});

/** Names of products, and the sign over the gate: the same in every language. */
const NAMES = ["Claude", "Claude Code", "ChatGPT", "Cursor", "VS Code", "MCP Inspector", "関所"];
/** Attributes that a person reads or hears. */
const READ = ["alt", "aria-description", "aria-label", "label", "name", "placeholder", "title"];

/** What a component would show that is in no language file. */
function visibleStrings(file: string, source: string): string[] {
  const found: string[] = [];
  const letters = (text: string) => /\p{L}/u.test(text) && !NAMES.includes(text.trim());
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node) && letters(node.text)) found.push(node.text.trim());
    if (ts.isJsxAttribute(node) && READ.includes(node.name.getText()) && node.initializer !== undefined) {
      const owner = node.parent.parent.tagName.getText();
      // Of a form's field, the name is the machine's.
      const machine = node.name.getText() === "name" && /^[a-z]/.test(owner);
      if (!machine) collect(node.initializer);
    }
    if (ts.isJsxExpression(node) && !ts.isJsxAttribute(node.parent) && node.expression !== undefined) {
      collect(node.expression);
    }
    ts.forEachChild(node, visit);
  };
  /** Strings that the expression may be: not those that it compares or hands on. */
  const collect = (node: ts.Node): void => {
    if (ts.isJsxExpression(node) && node.expression !== undefined) return collect(node.expression);
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
      if (letters(node.text)) found.push(node.text);
    } else if (ts.isConditionalExpression(node)) {
      collect(node.whenTrue);
      collect(node.whenFalse);
    } else if (ts.isBinaryExpression(node)) {
      const { PlusToken, BarBarToken, QuestionQuestionToken, AmpersandAmpersandToken } = ts.SyntaxKind;
      const kinds: ts.SyntaxKind[] = [PlusToken, BarBarToken, QuestionQuestionToken, AmpersandAmpersandToken];
      if (!kinds.includes(node.operatorToken.kind)) return;
      collect(node.left);
      collect(node.right);
    } else if (
      ts.isParenthesizedExpression(node) || ts.isTemplateExpression(node) || ts.isTemplateSpan(node)
    ) {
      ts.forEachChild(node, collect);
    }
  };
  visit(ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX));
  return found;
}

Deno.test("no component shows a text that is in no language file", async () => {
  const source = new URL("../", import.meta.url);
  let files = 0;
  for (const folder of ["./", "components/", "pages/"]) {
    for await (const { name } of Deno.readDir(new URL(folder, source))) {
      if (!name.endsWith(".tsx")) continue;
      files += 1;
      assert.deepEqual(
        visibleStrings(name, await Deno.readTextFile(new URL(folder + name, source))),
        [],
        name,
      );
    }
  }
  assert.ok(files > 10);
});

Deno.test("such a text is found wherever a component could hide it", () => {
  const shown: readonly (readonly [string, string[]])[] = [
    ["<p>Hello</p>", ["Hello"]],
    ['<p>{"Hello"}</p>', ["Hello"]],
    ['<p>{busy() ? "Wait" : text().go}</p>', ["Wait"]],
    ["<p>{`You have ${count()} left`}</p>", ["You have ", " left"]],
    ['<p>{text().a + " and more"}</p>', [" and more"]],
    ['<input aria-label="Search" name="q" />', ["Search"]],
    ['<Heading title={"Page"} />', ["Page"]],
    ['<Heading title="Page" />', ["Page"]],
    ['<p class="note">{kind === "note" ? text().a : ""} · {count()}</p>', []],
    ["<dt>VS Code</dt>", []],
  ];
  for (const [source, found] of shown) {
    assert.deepEqual(visibleStrings("a.tsx", `const a = () => ${source};`), found, source);
  }
});
