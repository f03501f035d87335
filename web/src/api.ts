/**
 * Every request that the pages make leaves through this file: no other file may call `fetch`.
 *
 * It must never throw, and never send a cookie: an interaction is answered by a Bearer alone.
 */
import type {
  ActivityPage,
  ApiKeys,
  ConnectedApps,
  MadeApiKey,
  NewApiKey,
} from "../../supabase/functions/_shared/contract/account.ts";
import type {
  Interaction,
  InteractionDecided,
  InteractionDecision,
} from "../../supabase/functions/_shared/contract/interaction.ts";
import type { PublicConfig } from "../../supabase/functions/_shared/contract/config.ts";

export type Answer<T> =
  | { readonly kind: "ok"; readonly value: T }
  | { readonly kind: "refused"; readonly status: number }
  | { readonly kind: "unreachable" };

/** For the sign-in library, so that its requests leave through here too. */
export const send: typeof fetch = (input, init) => fetch(input, { ...init, credentials: "omit" });

async function ask<T>(url: string, init: RequestInit): Promise<Answer<T>> {
  let response: Response;
  try {
    response = await send(url, { ...init, cache: "no-store", redirect: "error" });
  } catch {
    return { kind: "unreachable" };
  }
  if (!response.ok) return { kind: "refused", status: response.status };
  // Done, and nothing to say: `T` is undefined then.
  if (response.status === 204) return { kind: "ok", value: undefined as T };
  try {
    return { kind: "ok", value: await response.json() as T };
  } catch {
    return { kind: "refused", status: response.status };
  }
}

export function fetchConfig(): Promise<Answer<PublicConfig>> {
  return ask("/config.json", {});
}

/** One row of `GET /mcp/tools`, as far as the pages read it. */
export interface ListedTool {
  readonly name: string;
  readonly title?: string;
  readonly description: string;
  /** The scope that opens it, or null when every token does. */
  readonly scope: string | null;
}

export function fetchTools(config: PublicConfig): Promise<Answer<{ readonly tools: readonly ListedTool[] }>> {
  return ask(`${config.public_url}/mcp/tools`, {});
}

// Joined as plain strings: in the bare-host shape `public_url` has a path that URL arithmetic would lose.
function interactionUrl(config: PublicConfig, id: string): string {
  return `${config.public_url}/oauth/interaction/${encodeURIComponent(id)}`;
}

export function fetchInteraction(
  config: PublicConfig,
  id: string,
  accessToken: string,
): Promise<Answer<Interaction>> {
  return ask(interactionUrl(config, id), { headers: { authorization: `Bearer ${accessToken}` } });
}

export function decideInteraction(
  config: PublicConfig,
  id: string,
  accessToken: string,
  decision: InteractionDecision,
): Promise<Answer<InteractionDecided>> {
  return ask(interactionUrl(config, id), {
    method: "POST",
    headers: { authorization: `Bearer ${accessToken}`, "content-type": "application/json" },
    body: JSON.stringify(decision),
  });
}

/** Where the account function answers: behind a front below `/api`, on a bare host under its own name. */
function askAccount<T>(
  config: PublicConfig,
  path: string,
  accessToken: string,
  { method = "GET", body }: { readonly method?: string; readonly body?: unknown } = {},
): Promise<Answer<T>> {
  const { public_url } = config;
  const prefix = public_url === new URL(public_url).origin ? "api" : "account";
  return ask(`${public_url}/${prefix}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${accessToken}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

export function fetchApps(config: PublicConfig, accessToken: string): Promise<Answer<ConnectedApps>> {
  return askAccount(config, "/apps", accessToken);
}

export function disconnectApp(
  config: PublicConfig,
  accessToken: string,
  clientId: string,
): Promise<Answer<undefined>> {
  return askAccount(config, `/apps/${encodeURIComponent(clientId)}`, accessToken, { method: "DELETE" });
}

/** @param before Where the page begins: `next` of the one before it, or null for the newest. */
export function fetchActivity(
  config: PublicConfig,
  accessToken: string,
  before: string | null,
): Promise<Answer<ActivityPage>> {
  return askAccount(config, `/activity${before === null ? "" : `?before=${before}`}`, accessToken);
}

export function disconnectEveryApp(config: PublicConfig, accessToken: string): Promise<Answer<undefined>> {
  return askAccount(config, "/sign-out", accessToken, { method: "POST" });
}

export function fetchKeys(config: PublicConfig, accessToken: string): Promise<Answer<ApiKeys>> {
  return askAccount(config, "/keys", accessToken);
}

/** The answer holds the key itself: it may be shown, and kept nowhere. */
export function makeKey(
  config: PublicConfig,
  accessToken: string,
  key: NewApiKey,
): Promise<Answer<MadeApiKey>> {
  return askAccount(config, "/keys", accessToken, { method: "POST", body: key });
}

export function revokeKey(config: PublicConfig, accessToken: string, id: string): Promise<Answer<undefined>> {
  return askAccount(config, `/keys/${encodeURIComponent(id)}`, accessToken, { method: "DELETE" });
}
