/**
 * Fetches what clients publish through the one way out: JSON of bounded size, no redirects, public addresses only.
 */
import type { ClientDocuments } from "../deps.ts";
import { OutboundError, type OutboundFetch } from "../../_shared/runtime/outbound_fetch.ts";
import { freshSeconds } from "./document_freshness.ts";

/** A client's document: recommended by the draft. Its keys: some publishers add certificates to each. */
const MOST_BYTES = { client: 5 * 1024, keys: 64 * 1024 } as const;
const TIMEOUT_MS = 5000;

/** Documents as this fetch reaches them. Failures are answers: none of them is remembered. */
export function createClientDocuments(fetchOut: OutboundFetch): ClientDocuments {
  return {
    async fetch(url, kind) {
      try {
        const response = await fetchOut(url, {
          accept: "application/json",
          mostBytes: MOST_BYTES[kind],
          timeoutMs: TIMEOUT_MS,
        });
        const type = response.headers.get("Content-Type") ?? "";
        if (response.status !== 200) return { outcome: "failed", reason: "status" };
        if (!/^application\/([a-z0-9.+-]+\+)?json\s*(;|$)/i.test(type)) {
          return { outcome: "failed", reason: "content_type" };
        }
        const document = parseJson(response.body);
        if (document === undefined) return { outcome: "failed", reason: "not_json" };
        return { outcome: "fetched", document, freshSeconds: freshSeconds(response.headers) };
      } catch (error) {
        if (error instanceof OutboundError) return { outcome: "failed", reason: error.reason };
        throw error;
      }
    },
  };
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}
