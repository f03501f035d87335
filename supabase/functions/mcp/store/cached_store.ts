/**
 * Remembers for ten seconds, per isolate, which keys are current and that a token was alive: `/mcp` then costs no round
 * trip, and a revoked token is refused within ten seconds. That a token is dead is never remembered.
 */
import type { JWK } from "jose";
import type { McpStore } from "../deps.ts";

const MOST_AGE_MS = 10_000;
/** Tokens remembered at once. */
const MOST_TOKENS = 10_000;

/** The same store, with keys and live tokens remembered. */
export function cacheStore(store: McpStore, now: () => Date): McpStore {
  let remembered: { keys: readonly JWK[]; at: number } | null = null;
  const live = new Map<string, number>();
  const isFresh = (at: number) => now().getTime() - at < MOST_AGE_MS;

  return {
    async listVerificationKeys() {
      if (remembered !== null && isFresh(remembered.at)) return remembered.keys;
      const at = now().getTime();
      const keys = await store.listVerificationKeys();
      // Before the first key exists, its making must be seen at once.
      remembered = keys.length === 0 ? null : { keys, at };
      return keys;
    },
    async accessTokenIsLive(jti, resource) {
      const at = live.get(jti);
      if (at !== undefined && isFresh(at)) return true;
      const asked = now().getTime();
      const answer = await store.accessTokenIsLive(jti, resource);
      live.delete(jti);
      if (answer) live.set(jti, asked);
      const [oldest] = live.keys();
      if (live.size > MOST_TOKENS && oldest !== undefined) live.delete(oldest);
      return answer;
    },
    async queryAsPerson(access, text, values) {
      try {
        return await store.queryAsPerson(access, text, values);
      } catch (error) {
        // Whatever went wrong, ask again next time: it may have been the token.
        live.delete(access.jti);
        throw error;
      }
    },
  };
}
