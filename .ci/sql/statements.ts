/** A migration cut into statements, with everything blanked that is not code, so that plain patterns can judge it. */

export interface Statement {
  /** Strings, quoted names, comments and dollar-quoted bodies are blanked; the quotes themselves stay. */
  readonly text: string;
  /** Where `text` begins in the file. */
  readonly start: number;
}

export interface SqlFile {
  readonly path: string;
  readonly statements: readonly Statement[];
  /** The whole file, same length, with function bodies kept as the code they are. */
  readonly code: string;
}

export function readSql(path: string, source: string): SqlFile {
  const { outer, code } = blank(source);
  const statements: Statement[] = [];
  let end = 0;
  for (const part of outer.split(";")) {
    const start = end + part.length - part.trimStart().length;
    if (part.trim() !== "") statements.push({ text: part.trim(), start });
    end += part.length + 1;
  }
  return { path, statements, code };
}

export function lineAt({ code }: SqlFile, offset: number): number {
  return code.slice(0, offset).split("\n").length;
}

// In this order: line comment, string (with '' inside), quoted name, dollar-quoted text. `/*` nests and is separate.
const opaque = /--[^\n]*|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([a-z_]*)\$[\s\S]*?\$\1\$|\/\*/gi;

function blank(source: string): { outer: string; code: string } {
  let outer = "";
  let code = "";
  let at = 0;
  const add = (toOuter: string, toCode: string, length: number) => {
    outer += toOuter;
    code += toCode;
    at += length;
  };
  for (let match = next(source, at); match !== null; match = next(source, at)) {
    const before = source.slice(at, match.index);
    add(before, before, before.length);
    const [found] = match;
    if (found === "/*") {
      const comment = source.slice(at, endOfComment(source, at));
      add(spaces(comment), spaces(comment), comment.length);
    } else if (found.startsWith("$")) {
      const tag = `$${match[1]}$`;
      const inside = found.slice(tag.length, -tag.length);
      // Only a function or a do block holds code; elsewhere dollar quotes hold text.
      const body = /\b(as|do|sql|plpgsql)\s*$/i.test(outer) ? blank(inside).code : spaces(inside);
      add(spaces(found), spaces(tag) + body + spaces(tag), found.length);
    } else {
      const blanked = found.startsWith("--")
        ? spaces(found)
        : found[0] + spaces(found.slice(1, -1)) + found[0];
      add(blanked, blanked, found.length);
    }
  }
  return { outer: outer + source.slice(at), code: code + source.slice(at) };
}

function next(source: string, at: number): RegExpExecArray | null {
  opaque.lastIndex = at;
  return opaque.exec(source);
}

function endOfComment(source: string, start: number): number {
  let depth = 0;
  for (const mark of source.slice(start).matchAll(/\/\*|\*\//g)) {
    depth += mark[0] === "/*" ? 1 : -1;
    if (depth === 0) return start + mark.index + 2;
  }
  return source.length;
}

function spaces(text: string): string {
  return text.replace(/[^\n]/g, " ");
}
