/** The kernel holds what at least two functions need; anything else moves home. */
import type { Finding } from "../finding.ts";
import { awaitedInTheKernel } from "./table.ts";
import { functionOf, isTest, type Module, type Tree } from "./tree.ts";

/** Stands for the function that is not written yet. */
const AWAITED = "a function to come";

export function theKernelIsShared({ modules }: Tree): Finding[] {
  const importers = new Map<string, Module[]>();
  for (const module of modules.filter((module) => !isTest(module))) {
    for (const { target } of module.imports) {
      if (target !== undefined) importers.set(target, [...importers.get(target) ?? [], module]);
    }
  }
  return modules.filter((module) => isKernel(module.path) && !isTest(module)).flatMap(({ path }) => {
    const users = usersOf(path, importers);
    if (users.size >= 2 || users.has(AWAITED)) return [];
    const who = users.size === 0 ? "nobody" : `only ${[...users][0]}`;
    return [{ path, line: 1, rule: "moves_home", what: `imported by ${who}; _shared needs two` }];
  });
}

function isKernel(path: string): boolean {
  return path.startsWith("supabase/functions/_shared/");
}

/** Functions, `local` and `web`; an importer inside the kernel stands for its own importers. */
function usersOf(path: string, importers: ReadonlyMap<string, readonly Module[]>): Set<string> {
  const users = new Set<string>();
  const seen = new Set<string>();
  const waiting = [path];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (awaitedInTheKernel.includes(next)) users.add(AWAITED);
    for (const importer of importers.get(next) ?? []) {
      if (isKernel(importer.path)) waiting.push(importer.path);
      else users.add(functionOf(importer.path) ?? importer.layer?.name ?? importer.path);
    }
  }
  return users;
}
