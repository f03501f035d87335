/** Scopes in memory: `20261121000150_scopes.sql`. Compared with it by `tests/scope_expansion_test.ts`. */

/** `oauth.scope_is_wildcard`. */
export function isWildcard(name: string): boolean {
  return name.length > 2 && name.endsWith(":*");
}

/** `oauth.expand_scope`. */
export function expandScope(scope: readonly string[], offered: readonly string[]): string[] {
  const kept = scope.flatMap((asked) =>
    offered.filter((name) => name === asked || (isWildcard(asked) && name.startsWith(asked.slice(0, -1))))
  );
  return [...new Set(kept)];
}
