/** Runs the store contract on both stores. Postgres needs the server that the test run starts. */
import { TEST_SERVER_VARIABLE } from "../../local/testing/test_database.ts";
import { SCENARIOS } from "./store_contract.ts";
import { memoryWorld, postgresWorld } from "./store_contract_worlds.ts";

for (const { name, run } of SCENARIOS) {
  Deno.test(`memory store: ${name}`, () => run(memoryWorld()));
}

Deno.test({
  name: "postgres store: keeps the same contract",
  ignore: Deno.env.get(TEST_SERVER_VARIABLE) === undefined,
  async fn(test) {
    await using world = await postgresWorld();
    for (const { name, run } of SCENARIOS) {
      await test.step(name, async () => {
        await world.empty();
        await run(world);
      });
    }
  },
});
