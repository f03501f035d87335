/**
 * The algebra of scopes, on random requests and offers. That `oauth.expand_scope` is the same function is
 * `tests/scope_expansion_test.ts`.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { expandScope, isWildcard } from "./memory_scope.ts";
import { askedScope, offeredScope } from "./scope_arbitraries.ts";

fc.configureGlobal({ seed: 20261121, numRuns: 1000 });

/** Part of another list, whatever the order. */
const isWithin = (part: readonly string[], whole: readonly string[]) =>
  part.every((name) => whole.includes(name));

Deno.test("expandScope answers part of the offer, each name once, never a wildcard", () => {
  fc.assert(fc.property(askedScope, offeredScope, (asked, offered) => {
    const scope = expandScope(asked, offered);
    assert.ok(isWithin(scope, offered));
    assert.equal(new Set(scope).size, scope.length);
    assert.ok(!scope.some(isWildcard));
  }));
});

Deno.test("expandScope keeps exactly the offered names that were asked for by name or by a wildcard before them", () => {
  fc.assert(fc.property(askedScope, offeredScope, (asked, offered) => {
    const scope = expandScope(asked, offered);
    for (const name of offered) {
      // Every way to ask for it: its own name, and each beginning up to a colon that has something before it.
      const ways = [...name.matchAll(/:/g)].filter(({ index }) => index > 0)
        .map(({ index }) => `${name.slice(0, index)}:*`);
      assert.equal(scope.includes(name), [name, ...ways].some((way) => asked.includes(way)), name);
    }
  }));
});

Deno.test("expandScope changes nothing the second time, and nothing that was expanded before", () => {
  fc.assert(fc.property(askedScope, offeredScope, (asked, offered) => {
    const scope = expandScope(asked, offered);
    assert.deepEqual(expandScope(scope, offered), scope);
    assert.deepEqual(expandScope(scope, scope), scope);
    assert.deepEqual(expandScope(asked, scope).toSorted(), scope.toSorted());
  }));
});

Deno.test("expandScope of two requests together is what each is, in their order", () => {
  fc.assert(fc.property(askedScope, askedScope, offeredScope, (one, two, offered) => {
    const both = [...expandScope(one, offered), ...expandScope(two, offered)];
    assert.deepEqual(expandScope([...one, ...two], offered), [...new Set(both)]);
  }));
});

Deno.test("expandScope never gives more for a smaller offer: narrowing twice stays within both", () => {
  fc.assert(fc.property(askedScope, askedScope, offeredScope, (ceiling, asked, offered) => {
    const allowed = expandScope(ceiling, offered);
    const granted = expandScope(asked, allowed);
    assert.ok(isWithin(granted, allowed));
    assert.ok(isWithin(granted, expandScope(asked, offered)));
  }));
});

Deno.test("expandScope begins with what was asked for first", () => {
  fc.assert(fc.property(askedScope, offeredScope, (asked, offered) => {
    const places = expandScope(asked, offered).map((name) =>
      asked.findIndex((each) => expandScope([each], [name]).length > 0)
    );
    assert.deepEqual(places, places.toSorted((left, right) => left - right));
  }));
});
