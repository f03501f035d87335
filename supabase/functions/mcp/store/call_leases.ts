/**
 * What this isolate knows of credentials for a moment: each lease lets one make a few calls within ten seconds without
 * asking the database, and came with the keys in use. So a call costs no round trip of its own, a revoked token or API
 * key and a replaced signing key are noticed within ten seconds, and a person's calls are counted over all isolates. That
 * one is dead is never remembered.
 */
import type { JWK } from "jose";
import { invalidToken } from "../../_shared/access_token.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";
import { toBase64Url } from "../../_shared/encoding.ts";
import type { CallLeases, Credential, KeyHolder, LeaseOutcome, McpStore } from "../deps.ts";

const MOST_AGE_MS = 10_000;
const MOST_CALLS = 10;
/** Credentials remembered at once. */
const MOST_LEASES = 10_000;

interface Lease {
  readonly askedAt: number;
  readonly granted: number;
  readonly minute: number;
  left: number;
  /** Set instead of calls when there are none left in this hour: the instant from which there are. */
  readonly limitedUntil: number | null;
  readonly holder: KeyHolder | null;
}

/**
 * @param callsPerHour Of each person, or of a client in its own name; 0 for no limit.
 */
export function createCallLeases(
  store: Pick<McpStore, "leaseCalls">,
  now: () => Date,
  callsPerHour: number,
): CallLeases {
  const leases = new Map<string, Lease>();
  const pending = new Map<string, Promise<void>>();
  let remembered: { readonly keys: readonly JWK[]; readonly at: number } | null = null;
  const isFresh = (at: number) => now().getTime() - at < MOST_AGE_MS;

  const renew = async (name: string, credential: Credential, resource: string): Promise<void> => {
    const askedAt = now().getTime();
    const last = leases.get(name);
    // Given back once, also when the answer to that is lost: a person is never owed more calls than there are.
    leases.delete(name);
    const answer = await store.leaseCalls({
      credential,
      resource,
      callsPerHour,
      wanted: wantedAfter(last),
      returned: last?.left ?? 0,
      returnedMinute: last?.minute ?? 0,
    });
    // Before the first key exists, its making must be seen at once.
    remembered = answer.keys.length === 0 ? null : { keys: answer.keys, at: askedAt };
    if (answer.outcome === "dead") throw invalidToken("token_dead");
    leases.set(name, leaseOf(answer, askedAt));
    const [oldest] = leases.keys();
    if (leases.size > MOST_LEASES && oldest !== undefined) leases.delete(oldest);
  };

  /** Callers who wait for the same lease ask once. */
  const renewOnce = (name: string, credential: Credential, resource: string): Promise<void> => {
    const waiting = pending.get(name) ??
      renew(name, credential, resource).finally(() => pending.delete(name));
    pending.set(name, waiting);
    return waiting;
  };

  return {
    async verificationKeys(jti, resource) {
      if (remembered === null || !isFresh(remembered.at)) {
        await renewOnce(jti, { kind: "access_token", jti }, resource);
      }
      return remembered?.keys ?? [];
    },
    async spend(credential, resource) {
      const name = nameOf(credential);
      for (;;) {
        const lease = leases.get(name);
        if (lease !== undefined && isFresh(lease.askedAt)) {
          if (lease.limitedUntil !== null) throw tooManyCalls(lease.limitedUntil - now().getTime());
          if (lease.left > 0) {
            lease.left--;
            return lease.holder;
          }
        }
        await renewOnce(name, credential, resource);
      }
    },
    forget(credential) {
      leases.delete(nameOf(credential));
    },
  };
}

/** No jti has a space. */
function nameOf(credential: Credential): string {
  return credential.kind === "api_key" ? `key ${toBase64Url(credential.keyHash)}` : credential.jti;
}

/** Twice what the last one held if that was used up, otherwise what was used of it. */
function wantedAfter(last: Lease | undefined): number {
  if (last === undefined) return 1;
  return Math.min(MOST_CALLS, Math.max(1, last.left === 0 ? 2 * last.granted : last.granted - last.left));
}

const NONE = { leased: 0, minute: 0, holder: null };

function leaseOf(answer: Exclude<LeaseOutcome, { outcome: "dead" }>, askedAt: number): Lease {
  const { leased, minute, holder } = answer.outcome === "leased" ? answer : NONE;
  const limitedUntil = answer.outcome === "limited" ? askedAt + answer.retryAfterSeconds * 1000 : null;
  return { askedAt, granted: leased, left: leased, minute, limitedUntil, holder };
}

function tooManyCalls(waitMs: number): OAuthError {
  return new OAuthError(
    "too_many_requests",
    "Too many calls in this hour. Try again later.",
    "calls_limited",
    {
      retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
    },
  );
}
