/** Names of files and folders, and files that are nothing but a second name for others. */
import type { Finding } from "../finding.ts";
import { ts } from "./ast.ts";
import { bannedFolders, registries } from "./table.ts";
import { isCode, type Module, type Tree } from "./tree.ts";

export function foldersSayWhatTheyHold({ paths }: Tree): Finding[] {
  return paths.flatMap((path) => {
    const banned = path.split("/").slice(0, -1).find((folder) =>
      bannedFolders.includes(folder.toLowerCase())
    );
    if (banned === undefined) return [];
    return [{ path, line: 1, rule: "folder_name", what: `no folder is named ${banned}: say what it holds` }];
  });
}

export function namesAreSnakeCase({ paths }: Tree): Finding[] {
  return paths.filter(isCode).flatMap((path) => {
    const [file = "", ...folders] = path.split("/").reverse();
    const odd = [file.slice(0, file.indexOf(".")), ...folders].find((name) =>
      !/^_?[a-z0-9]+(_[a-z0-9]+)*$/.test(name)
    );
    return odd === undefined ? [] : [{ path, line: 1, rule: "snake_case", what: `not snake_case: ${odd}` }];
  });
}

export function onlyRegistriesCollect({ modules }: Tree): Finding[] {
  return modules.filter(isBarrel).filter(({ layer }) => !registries.includes(layer?.name ?? "")).map((
    { path },
  ) => (
    { path, line: 1, rule: "barrel", what: "only re-exports: import from where the thing is" }
  ));
}

/** Imports and `export { … }` alone, with nothing of its own. */
function isBarrel({ ast }: Module): boolean {
  return ast.statements.some((statement) => ts.isExportDeclaration(statement)) &&
    ast.statements.every((statement) =>
      ts.isExportDeclaration(statement) || ts.isImportDeclaration(statement)
    );
}
