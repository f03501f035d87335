/** The frame of every command of the model: done on Postgres, predicted by the model, all rows compared afterwards. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Bytes } from "../../_shared/encoding.ts";
import type { AuthenticatedClient } from "../../oauth/deps.ts";
import { type ModelDatabase, takeSnapshot } from "./model_database.ts";
import type { LifeCycle } from "./model_life_cycle.ts";
import type { Asking, Predicted } from "./model_types.ts";
import { assertInvariants, expectedSnapshot } from "./model_snapshot.ts";

/** How often each outcome was seen: a model that meets only some proves little. */
export type Seen = Map<string, number>;
export interface Real {
  readonly database: ModelDatabase;
  readonly seen: Seen;
}
export type Command = fc.AsyncCommand<LifeCycle, Real>;

export const bytes = (hex: string) => Uint8Array.fromHex(hex) as Bytes;
export const pick = <Value>(values: readonly Value[], index: number) => values[index % values.length];

/** A command; afterwards all rows of the run must be what the model says. */
export function command(
  name: string,
  run: (model: LifeCycle, real: Real) => Promise<void>,
  check: (model: Readonly<LifeCycle>) => boolean = () => true,
): Command {
  return {
    toString: () => name,
    check,
    async run(model, real) {
      await run(model, real);
      const snapshot = await takeSnapshot(real.database, model);
      assertInvariants(snapshot);
      assert.deepEqual(snapshot, expectedSnapshot(model));
    },
  };
}

export const admin =
  (text: string, values: (model: LifeCycle) => readonly unknown[]) => (model: LifeCycle, real: Real) =>
    real.database.admin.query({ text, values: values(model) });

export function authenticated({ client, secretHash }: Asking): AuthenticatedClient {
  return {
    // The store looks at the id and at the secret's hash only.
    client: { id: client.id } as AuthenticatedClient["client"],
    secretHash: secretHash === null ? null : bytes(secretHash),
    assertion: null,
  };
}

/** Simultaneous calls were served in some order; these outcomes of one token can only have come in this one. */
const IN_ORDER = ["redeemed", "rotated", "replayed", "replays_exhausted", "reused", "revoked"];
const place = ({ outcome }: { outcome: string }) => {
  const known = IN_ORDER.indexOf(outcome);
  return known === -1 ? IN_ORDER.length : known;
};

export function compare(actual: object[], predict: (index: number) => Predicted, { seen }: Real): void {
  const outcomes = actual as { outcome: string; issued?: { issuedAt?: number } }[];
  const order = [...outcomes.entries()].sort(([, left], [, right]) => place(left) - place(right));
  for (const [index, outcome] of order) {
    delete outcome.issued?.issuedAt;
    assert.deepEqual(outcome, predict(index));
    seen.set(outcome.outcome, (seen.get(outcome.outcome) ?? 0) + 1);
  }
}

export const together = fc.constantFrom(1, 1, 1, 1, 2, 3);
export const times = <Value>(count: number, make: () => Value) => Array.from({ length: count }, make);
export const mutation = <Name extends string>(...names: Name[]) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant("none") }, {
    weight: 2,
    arbitrary: fc.constantFrom(...names),
  });
export const index = fc.nat(20);
/** Counted from the newest, which can mostly still be used. */
export const recent = fc.constantFrom(0, 0, 0, 0, 1, 1, 2, 3, 4);

/** Families with refresh tokens. */
export const refreshable = (model: Readonly<LifeCycle>) =>
  model.families.filter((family) => family.generations.length > 0);
