/**
 * A model-based test of the token's life on Postgres: random sequences of everything that can happen, each step done on
 * the SQL store and predicted by a model; a failure is shrunk to the few steps that show it.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { TEST_SERVER_VARIABLE } from "../../local/testing/test_database.ts";
import { COMMANDS } from "./testing/model_commands.ts";
import type { Seen } from "./testing/model_command.ts";
import { endRun, openModelDatabase, startRun } from "./testing/model_database.ts";

const RUNS = 1000;
const MOST_COMMANDS = 40;
const SEED = 20261121;

const OUTCOMES = {
  redeemAuthorizationCode: "redeemed client_changed not_found client_mismatch redirect_uri_mismatch " +
    "verifier_mismatch expired resource_mismatch person_inactive replayed replayed_and_revoked",
  rotateRefreshToken:
    "rotated replayed client_changed not_found client_mismatch revoked person_inactive expired " +
    "resource_mismatch scope_exceeded replays_exhausted reused",
};

Deno.test({
  name: `the life of tokens on Postgres is the model's, in ${RUNS} random sequences`,
  ignore: Deno.env.get(TEST_SERVER_VARIABLE) === undefined,
  async fn() {
    await using database = await openModelDatabase();
    const seen: Seen = new Map();
    const sequence = fc.commands(COMMANDS, { maxCommands: MOST_COMMANDS, size: "max" });
    await fc.assert(
      fc.asyncProperty(sequence, async (commands) => {
        const model = await startRun(database);
        try {
          await fc.asyncModelRun(() => ({ model, real: { database, seen } }), commands);
        } finally {
          await endRun(database, model);
        }
      }),
      { numRuns: RUNS, seed: SEED },
    );
    const unseen = Object.values(OUTCOMES).flatMap((names) => names.split(" "))
      .filter((name) => !seen.has(name));
    assert.deepEqual(unseen, [], `outcomes that never came: ${JSON.stringify([...seen])}`);
  },
});
