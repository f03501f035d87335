/** All rows of one run, as the model expects them and as Postgres has them, and what must hold whatever happened. */
import assert from "node:assert/strict";
import { isKept, type LifeCycle } from "./model_life_cycle.ts";

export interface Snapshot {
  readonly codes: readonly { readonly hash: string; readonly used: boolean; readonly redeemed: boolean }[];
  /** In the order of their creation. */
  readonly families: readonly {
    readonly revoked_because: string | null;
    readonly scope: readonly string[];
    readonly expires_in: number;
    readonly generations: readonly {
      readonly hash: string;
      readonly expires_in: number;
      readonly successor: string | null;
      readonly sealed: string | null;
      readonly replays: number;
    }[];
    readonly access_tokens: readonly {
      readonly jti: string;
      readonly scope: readonly string[];
      readonly live: boolean;
    }[];
  }[];
}

/** What should lie in the tables now. */
export function expectedSnapshot(model: LifeCycle): Snapshot {
  return {
    codes: model.codes.filter((code) => !code.purged && !code.person.erased).map((code) => ({
      hash: code.hash,
      used: code.usedAt !== null,
      redeemed: code.family !== null && isKept(code.family),
    })),
    families: model.families.filter(isKept).map((family) => ({
      revoked_because: family.revokedBecause,
      scope: family.scope,
      expires_in: family.expiresAt - model.now,
      generations: family.generations.map(({ hash, expiresAt, sealed, replays, purged }, index) => ({
        purged,
        row: {
          hash,
          expires_in: expiresAt - model.now,
          successor: family.generations[index + 1]?.hash ?? null,
          sealed,
          replays,
        },
      })).filter(({ purged }) => !purged).map(({ row }) => row),
      access_tokens: family.accessTokens.map(({ jti, scope, expiresAt }) => ({
        jti,
        scope,
        live: family.revokedBecause === null && expiresAt > model.now && !family.client.blocked &&
          model.isActive(family.person),
      })).sort((left, right) => left.jti < right.jti ? -1 : 1),
    })),
  };
}

/** The promises themselves, without the model: a mistake made in both places shows here. */
export function assertInvariants({ codes, families }: Snapshot): void {
  assert.ok(codes.filter((code) => code.redeemed).length <= families.length, "a code yields one family");
  for (const { generations, access_tokens, revoked_because } of families) {
    const successors = new Set(generations.map(({ successor }) => successor));
    assert.ok(
      generations.filter(({ successor }) => successor === null).length <= 1,
      "one live refresh token",
    );
    assert.equal(successors.size, generations.length, "one successor each");
    const rotated = new Set(
      generations.filter(({ successor }) => successor !== null).map(({ hash }) => hash),
    );
    for (const { sealed, successor } of generations) {
      assert.ok(
        sealed === null || (successor !== null && !rotated.has(successor)),
        "a used successor is erased",
      );
    }
    if (revoked_because === null) continue;
    assert.ok(access_tokens.every(({ live }) => !live), "a revoked family has no live access token");
  }
}
