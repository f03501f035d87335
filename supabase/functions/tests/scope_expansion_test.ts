/**
 * `oauth.expand_scope` and its counterpart in memory are one function, on random requests and offers: what the properties
 * of the one say holds for the other.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { freshDatabase, TEST_SERVER_VARIABLE } from "../../local/testing/test_database.ts";
import { connectSql } from "../_shared/runtime/sql.ts";
import { expandScope, isWildcard } from "../oauth/testing/memory_scope.ts";
import { askedScope, offeredScope } from "../oauth/testing/scope_arbitraries.ts";

const RUNS = 2000;
const SEED = 20261121;

Deno.test({
  name: `oauth.expand_scope answers what the memory store answers, in ${RUNS} random cases`,
  ignore: Deno.env.get(TEST_SERVER_VARIABLE) === undefined,
  async fn() {
    await using database = await freshDatabase();
    const owner = connectSql(database.url, "scope expansion");
    try {
      await fc.assert(
        fc.asyncProperty(askedScope, offeredScope, async (asked, offered) => {
          const [row] = await owner.query<{ scope: string[]; wildcards: string[] }>({
            text: `select
                oauth.expand_scope(p_scope => $1::text[], p_offered => $2::text[]) as scope,
                array(
                  select name
                  from unnest($1::text[]) with ordinality as asked (name, place)
                  where oauth.scope_is_wildcard(name)
                  order by place
                ) as wildcards`,
            values: [asked, offered],
          });
          assert.deepEqual(row?.scope, expandScope(asked, offered));
          assert.deepEqual(row?.wildcards, asked.filter(isWildcard));
        }),
        { numRuns: RUNS, seed: SEED },
      );
    } finally {
      await owner.close();
    }
  },
});
