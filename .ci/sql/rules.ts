/** Text rules of a migration, one function each. What only a live schema shows is checked by supabase/tests/schema_rules. */
import type { Finding } from "../finding.ts";
import { lineAt, type SqlFile, type Statement } from "./statements.ts";

export type SqlRule = (file: SqlFile, all: readonly SqlFile[]) => Finding[];

export const fileNames: SqlRule = ({ path }, all) => {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (!/^\d{14}_[a-z0-9]+(_[a-z0-9]+)*\.sql$/.test(name)) {
    return [{ path, line: 1, rule: "file_name", what: "a migration is named <14 digits>_<concern>.sql" }];
  }
  const version = path.slice(0, path.length - name.length + 14);
  const twin = all.find((other) => other.path < path && other.path.startsWith(version));
  return twin === undefined
    ? []
    : [{ path, line: 1, rule: "file_name", what: `same version as ${twin.path}` }];
};

export const lowerCase: SqlRule = (file) =>
  file.code.split("\n").flatMap((text, index) => {
    // The letter of E'…', B'…', X'…', U&'…' belongs to the string.
    const word = /(?<![\w$])(?!(?:[EBXN]|U&)['"])[a-z_]*[A-Z]\w*/.exec(text)?.[0];
    return word === undefined
      ? []
      : [{ path: file.path, line: index + 1, rule: "lower_case", what: `SQL is lower case: ${word}` }];
  });

export const functionsStateVolatility: SqlRule = (file) =>
  functionsOf(file).filter(({ text }) => !/\b(immutable|stable|volatile)\b/i.test(text)).map((
    { name, start },
  ) => finding(file, start, "volatility", `${name} is not said to be immutable, stable or volatile`));

/** Not an empty one: Postgres then looks for types in the caller's temporary schema, and there first. */
export const functionsPinSearchPath: SqlRule = (file) =>
  functionsOf(file).filter(({ text }) =>
    !/\bset\s+search_path\s*(=|\bto\b)\s*pg_catalog\s*,\s*pg_temp\b/i.test(text)
  ).map(({ name, start }) =>
    finding(file, start, "search_path", `${name} lacks set search_path = pg_catalog, pg_temp`)
  );

export const tablesHaveRowSecurity: SqlRule = (file) =>
  tablesOf(file).filter(({ name, start }) =>
    !file.statements.some((later) => later.start > start && enablesRowSecurity(later.text, name))
  ).map(({ name, start }) =>
    finding(file, start, "row_security", `${name} is not followed by enable row level security`)
  );

export const foreignKeysSayOnDelete: SqlRule = (file) =>
  file.statements.filter(({ text }) => /^(create|alter)\b[\s\w]*\btable\b/i.test(text)).flatMap((
    { text, start },
  ) =>
    [...text.matchAll(/\breferences\b/gi)].filter(({ index }) =>
      !/\bon\s+delete\b/i.test(clauseAt(text, index))
    )
      .map(({ index }) =>
        finding(file, start + index, "on_delete", "a foreign key says what happens on delete")
      )
  );

export const noEnums: SqlRule = (file) =>
  file.statements.filter(({ text }) => /^create\s+type\s+[\w."]+\s+as\s+enum\b/i.test(text)).map((
    { start },
  ) => finding(file, start, "enum", "text with a check, not an enum"));

export const functionsAreCommented: SqlRule = (file, all) => uncommented("function", functionsOf, file, all);

export const tablesAreCommented: SqlRule = (file, all) => uncommented("table", tablesOf, file, all);

/** Every overload needs its own comment in its file; what `or replace` replaces keeps the comment it had. */
function uncommented(kind: string, list: (file: SqlFile) => Named[], file: SqlFile, all: readonly SqlFile[]) {
  const comments = (files: readonly SqlFile[], name: string) =>
    files.flatMap(({ statements }) => statements).filter(({ text }) => commentedName(text, kind) === name)
      .length;
  return list(file).filter(({ name, text, start }) => {
    if (/^create\s+or\s+replace\b/i.test(text)) return comments(all, name) === 0;
    return comments([file], name) <
      list(file).filter((other) => other.name === name && other.start <= start).length;
  }).map(({ name, start }) => finding(file, start, "comment", `${name} has no comment on ${kind}`));
}

interface Named extends Statement {
  readonly name: string;
}

function functionsOf(file: SqlFile): Named[] {
  return named(file, /^create\s+(?:or\s+replace\s+)?function\s+([\w.]+)/i);
}

/** Temporary tables are nobody's business. */
function tablesOf(file: SqlFile): Named[] {
  return named(file, /^create\s+(?:unlogged\s+|foreign\s+)?table\s+(?:if\s+not\s+exists\s+)?([\w.]+)/i);
}

function named({ statements }: SqlFile, pattern: RegExp): Named[] {
  return statements.flatMap((statement) => {
    const name = pattern.exec(statement.text)?.[1];
    return name === undefined ? [] : [{ ...statement, name }];
  });
}

function enablesRowSecurity(text: string, table: string): boolean {
  const found =
    /^alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?([\w.]+)[^;]*\benable\s+row\s+level\s+security\b/i;
  return found.exec(text)?.[1] === table;
}

function commentedName(text: string, kind: string): string | undefined {
  const [, on, name] = /^comment\s+on\s+(table|function)\s+([\w.]+)/i.exec(text) ?? [];
  return on?.toLowerCase() === kind ? name : undefined;
}

/** From `start` to the comma or bracket that ends the column or constraint. */
function clauseAt(text: string, start: number): string {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    if (text[at] === "(") depth++;
    else if (text[at] === ")") depth--;
    if (depth < 0 || (depth === 0 && text[at] === ",")) return text.slice(start, at);
  }
  return text.slice(start);
}

function finding(file: SqlFile, offset: number, rule: string, what: string): Finding {
  return { path: file.path, line: lineAt(file, offset), rule, what };
}
