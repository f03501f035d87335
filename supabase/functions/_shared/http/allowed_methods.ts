/** What a 405 says, computed from the route table itself (RFC 9110 §15.5.6). */

/** Every path of these routes with its methods. */
export function allowedMethods(
  routes: readonly { readonly path: string; readonly method: string }[],
): { path: string; methods: string[] }[] {
  const methods = new Map<string, string[]>();
  for (const route of routes) {
    if (route.method === "ALL") continue;
    methods.set(route.path, [...(methods.get(route.path) ?? []), route.method]);
  }
  return [...methods].map(([path, allowed]) => ({ path, methods: allowed }));
}
