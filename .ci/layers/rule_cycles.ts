/** No import cycles among the functions' files; type imports count, for they tangle a reader just as well. */
import type { Finding } from "../finding.ts";
import type { Module, Tree } from "./tree.ts";

export function importsNeverCircle({ modules }: Tree): Finding[] {
  const judged = new Map(
    modules.filter(({ path }) => path.startsWith("supabase/functions/")).map((
      module,
    ) => [module.path, module]),
  );
  const found: Finding[] = [];
  const done = new Set<string>();
  const trail: string[] = [];

  function walk(module: Module): void {
    trail.push(module.path);
    for (const { target, line } of module.imports) {
      const next = judged.get(target ?? "");
      if (next === undefined || done.has(next.path)) continue;
      const start = trail.indexOf(next.path);
      if (start === -1) {
        walk(next);
        continue;
      }
      const circle = [...trail.slice(start), next.path].map((path) =>
        path.replace("supabase/functions/", "")
      );
      found.push({ path: module.path, line, rule: "cycle", what: circle.join(" → ") });
    }
    trail.pop();
    done.add(module.path);
  }

  for (const module of judged.values()) if (!done.has(module.path)) walk(module);
  return found;
}
