/** Authorization details in memory: `20261121000160_authorization_details.sql`, function by function. */
import type { AuthorizationDetail, ResourceScope } from "../deps.ts";

/** `oauth.details_of_scope`. */
export function detailsOfScope(
  scopes: readonly ResourceScope[],
  scope: readonly string[],
  asked: readonly AuthorizationDetail[],
): AuthorizationDetail[] {
  return scope.flatMap((name) => {
    const detail = scopes.find((offered) => offered.name === name)?.detail;
    return detail === undefined ? [] : [asked.find(({ type }) => type === detail.type) ?? detail];
  });
}

/** `oauth.scope_of_details`. */
export function scopeOfDetails(
  scopes: readonly ResourceScope[],
  details: readonly AuthorizationDetail[],
): string[] {
  return details.flatMap(({ type }) =>
    scopes.filter((offered) => offered.detail?.type === type).map(({ name }) => name)
  );
}

/** `oauth.details_within_scope`. */
export function detailsWithinScope(
  scopes: readonly ResourceScope[],
  scope: readonly string[],
  details: readonly AuthorizationDetail[],
): AuthorizationDetail[] {
  return details.filter((detail) => {
    const limited = scopeOfDetails(scopes, [detail]);
    return limited.length === 0 || limited.some((name) => scope.includes(name));
  });
}

/** `oauth.narrow_details`: null when more was chosen than asked. */
export function narrowDetails(
  asked: readonly AuthorizationDetail[],
  chosen: readonly AuthorizationDetail[],
): AuthorizationDetail[] | null {
  const isLess = (detail: AuthorizationDetail) =>
    asked.some((one) =>
      one.type === detail.type && one.currency === detail.currency && one.maxAmount >= detail.maxAmount &&
      detail.actions.every((action) => one.actions.includes(action))
    );
  const types = chosen.map(({ type }) => type);
  if (!chosen.every(isLess) || new Set(types).size < types.length) return null;
  const place = ({ type }: AuthorizationDetail) => asked.findIndex((one) => one.type === type);
  return [...chosen].sort((left, right) => place(left) - place(right));
}
