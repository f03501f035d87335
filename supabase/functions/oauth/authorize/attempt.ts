/**
 * An authorization request while it is being checked: what was sent, and what the checks so far have established.
 */
import type { AuthorizationDetail, Client, Deps, Resource } from "../deps.ts";
import type { ValidatedRedirect } from "./redirect.ts";

export interface Attempt {
  readonly parameters: ReadonlyMap<string, string>;
  readonly duplicates: ReadonlySet<string>;
  client?: Client;
  redirect?: ValidatedRedirect;
  codeChallenge?: string;
  resource?: Resource;
  /** Names and wildcards as they were sent; empty for the resource's default. */
  askedScope?: readonly string[];
  authorizationDetails?: readonly AuthorizationDetail[];
}

/** Establishes its part of the attempt or throws an `OAuthError`. Asks nothing twice, reads nothing but the attempt. */
export type Check = (
  attempt: Attempt,
  deps: Pick<Deps, "store" | "documents" | "settings" | "selfRegisteredGrants">,
) => void | Promise<void>;

/** What an earlier check has established. Missing only if the table is in the wrong order. */
export function established<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("the checks of authorize are in the wrong order");
  return value;
}
