/**
 * Every request that the pages make leaves through this file: no other file may call `fetch`.
 *
 * It must never throw, and never send a cookie: an interaction is answered by a Bearer alone.
 */
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
  try {
    return { kind: "ok", value: await response.json() as T };
  } catch {
    return { kind: "refused", status: response.status };
  }
}

export function fetchConfig(): Promise<Answer<PublicConfig>> {
  return ask("/config.json", {});
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
