/**
 * Clients' documents are fetched so often for an address and no more, before anything is asked of anybody: a client id that
 * nobody has seen costs its sender nothing, and this server a request to a host of the sender's choice and a row (ADR 0021).
 */
import type { ClientDocuments, Deps } from "../deps.ts";
import { tooManyRequests } from "../tokens/too_many_requests.ts";

/**
 * These documents, as a request from this address may have them. Keys are not counted by address: a client's server asks for
 * all of its people (`client_key_set.ts`).
 */
export function limitDocuments(
  { documents, settings, store }: Pick<Deps, "documents" | "settings" | "store">,
  address: string,
): ClientDocuments {
  const perHour = settings.tokenRequestsPerHour;
  return {
    async fetch(url, kind) {
      if (kind === "client" && perHour > 0) {
        const outcome = await store.leaseDocument({ clientId: url, address, perHour });
        if (outcome.outcome === "limited") throw tooManyRequests(outcome, "documents_limited");
      }
      return await documents.fetch(url, kind);
    },
  };
}
