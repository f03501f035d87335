/** Fetches clients' documents through the one way out: 5 KB of JSON, no redirects, public addresses only. */
import type { ClientDocuments } from "../deps.ts";
import { OutboundError, type OutboundFetch } from "../../_shared/runtime/outbound_fetch.ts";
import { freshSeconds } from "./document_freshness.ts";

/** Recommended by the draft. */
const MOST_BYTES = 5 * 1024;
const TIMEOUT_MS = 5000;

/** Documents as this fetch reaches them. Failures are answers: none of them is remembered. */
export function createClientDocuments(fetchOut: OutboundFetch): ClientDocuments {
  return {
    async fetch(url) {
      try {
        const response = await fetchOut(url, {
          accept: "application/json",
          mostBytes: MOST_BYTES,
          timeoutMs: TIMEOUT_MS,
        });
        const type = response.headers.get("Content-Type") ?? "";
        if (response.status !== 200) return { outcome: "failed", reason: "status" };
        if (!/^application\/([a-z0-9.+-]+\+)?json\s*(;|$)/i.test(type)) {
          return { outcome: "failed", reason: "content_type" };
        }
        return { outcome: "fetched", body: response.body, freshSeconds: freshSeconds(response.headers) };
      } catch (error) {
        if (error instanceof OutboundError) return { outcome: "failed", reason: error.reason };
        throw error;
      }
    },
  };
}
