/**
 * The model of a token's life: what docs and RFCs promise, in plain objects, written differently from the SQL on
 * purpose. A family is the list of its generations: the last one lives, all before it were rotated.
 *
 * Time moves in steps of 70 s and no lifetime is a multiple of that: the seconds a test takes never decide.
 */
import type {
  Asking,
  Code,
  Family,
  Generation,
  ModelClient,
  ModelPerson,
  Predicted,
  Redeeming,
  Refreshing,
} from "./model_types.ts";

export const SECONDS = {
  code: 100,
  codeReplay: 80,
  refreshReplay: 150,
  access: 900,
  refresh: 86_400,
  ban: 100,
  day: 86_400,
};
/** The key that signs all of them: keys rotate in `key_rotation_test.ts`. */
export const KID = "key";
export const RESOURCE = "https://mcp.example/mcp";
export const SCOPE = ["product:read", "product:write", "booking:read"];
export const REVOKED_BY_HAND = "revoked by hand";
const MOST_REPLAYS = 100;

export class LifeCycle {
  now = 0;
  readonly codes: Code[] = [];
  readonly families: Family[] = [];
  constructor(readonly clients: readonly ModelClient[], readonly people: readonly ModelPerson[]) {}

  redeem(asking: Redeeming): Predicted {
    if (!isCurrent(asking)) return { outcome: "client_changed" };
    const code = this.codes.find(({ hash }) => hash === asking.hash);
    if (code === undefined || code.purged || code.person.erased) return { outcome: "not_found" };
    if (code.client !== asking.client) return { outcome: "client_mismatch" };
    if (asking.redirectUri !== null && asking.redirectUri !== code.redirectUri) {
      return { outcome: "redirect_uri_mismatch" };
    }
    if (asking.challenge !== code.challenge) return { outcome: "verifier_mismatch" };
    if (code.usedAt !== null) {
      if (this.now - code.usedAt < asking.replaySeconds) return { outcome: "replayed" };
      if (code.family !== null) code.family.revokedBecause ??= "authorization code replayed";
      return { outcome: "replayed_and_revoked" };
    }
    if (this.now >= code.expiresAt) return { outcome: "expired" };
    if (asking.resource !== null && asking.resource !== RESOURCE) return { outcome: "resource_mismatch" };
    if (!this.isActive(code.person)) return { outcome: "person_inactive" };
    const { client, person, scope } = code;
    const { refreshable } = client;
    const family: Family = {
      client,
      person,
      scope,
      generations: refreshable ? [this.#generation(asking.refreshHash)] : [],
      accessTokens: [],
      expiresAt: this.now + (refreshable ? SECONDS.refresh : SECONDS.access),
      revokedBecause: null,
      purged: false,
    };
    code.usedAt = this.now;
    code.family = family;
    this.families.push(family);
    return { outcome: "redeemed", issued: this.#issue(family, asking.jti, scope), refreshable };
  }

  refresh(asking: Refreshing): Predicted {
    if (!isCurrent(asking)) return { outcome: "client_changed" };
    const family = this.families.find(({ generations }) =>
      generations.some(({ hash }) => hash === asking.hash)
    );
    const index = family?.generations.findIndex(({ hash }) => hash === asking.hash) ?? -1;
    const token = family?.generations[index];
    if (family === undefined || token === undefined || !isKept(family) || token.purged) {
      return { outcome: "not_found" };
    }
    if (family.client !== asking.client) return { outcome: "client_mismatch" };
    if (family.revokedBecause !== null) return { outcome: "revoked" };
    if (!this.isActive(family.person)) return { outcome: "person_inactive" };
    if (this.now >= Math.max(token.expiresAt, token.replayUntil)) return { outcome: "expired" };
    if (asking.resource !== null && asking.resource !== RESOURCE) return { outcome: "resource_mismatch" };
    const scope = asking.scope === null ? family.scope : narrowed(asking.scope, family.scope);
    if (scope === null) return { outcome: "scope_exceeded" };
    const usedSince = family.generations.length - 1 - index;
    if (usedSince === 0) {
      token.sealed = asking.replaySeconds > 0 ? asking.sealed : null;
      token.replayUntil = this.now + asking.replaySeconds;
      const before = family.generations[index - 1];
      if (before !== undefined) before.sealed = null;
      family.generations.push(this.#generation(asking.successorHash));
      family.expiresAt = Math.max(family.expiresAt, this.now + SECONDS.refresh);
      return { outcome: "rotated", issued: this.#issue(family, asking.jti, scope) };
    }
    if (usedSince > 1 || token.sealed === null || this.now >= token.replayUntil) {
      family.revokedBecause = "refresh token reused";
      return { outcome: "reused" };
    }
    if (token.replays >= MOST_REPLAYS) return { outcome: "replays_exhausted" };
    token.replays++;
    const issued = this.#issue(family, asking.jti, scope);
    return { outcome: "replayed", issued, sealedSuccessor: token.sealed };
  }

  /** Housekeeping: takes only what can no longer matter. */
  purge(): void {
    for (const code of this.codes) {
      const over = code.usedAt === null || code.usedAt < this.now - SECONDS.day;
      if (code.expiresAt < this.now && over) code.purged = true;
    }
    for (const family of this.families) {
      for (const [index, token] of family.generations.slice(0, -1).entries()) {
        if (token.sealed === null) token.purged ||= token.expiresAt < this.now;
        else if (token.replayUntil < this.now) token.sealed = null;
        else if (index < family.generations.length - 2) throw new Error("a used successor is still sealed");
      }
      family.accessTokens = family.accessTokens.filter(({ expiresAt }) => expiresAt >= this.now);
      if (family.expiresAt < this.now - SECONDS.day) family.purged = true;
    }
  }

  isActive(person: ModelPerson): boolean {
    return !person.erased && !person.deleted && person.bannedUntil <= this.now;
  }

  #generation(hash: string): Generation {
    const expiresAt = this.now + SECONDS.refresh;
    return { hash, expiresAt, sealed: null, replayUntil: 0, replays: 0, purged: false };
  }

  #issue(family: Family, jti: string, scope: readonly string[]): NonNullable<Predicted["issued"]> {
    family.accessTokens.push({ jti, scope, expiresAt: this.now + SECONDS.access });
    family.expiresAt = Math.max(family.expiresAt, this.now + SECONDS.access);
    return { personId: family.person.id, resource: RESOURCE, scope, authorizationDetails: [], kid: KID };
  }
}

function isCurrent({ client, secretHash }: Asking): boolean {
  return !client.blocked && client.secretHash === secretHash;
}

/** What these names and wildcards leave of a family's scope; null when one is beyond it, or nothing is left. */
function narrowed(asked: readonly string[], has: readonly string[]): readonly string[] | null {
  const left: string[] = [];
  for (const name of asked) {
    const [noun] = name.split("*");
    const meant = name.endsWith("*") ? has.filter((each) => each.split(":")[0] + ":" === noun) : [name];
    if (meant.some((each) => !has.includes(each))) return null;
    left.push(...meant.filter((each) => !left.includes(each)));
  }
  return left.length === 0 ? null : left;
}

/** Whether a family still lies in the tables. */
export function isKept(family: Family): boolean {
  return !family.purged && !family.person.erased;
}
