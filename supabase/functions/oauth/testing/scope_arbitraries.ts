/** Random scopes that collide: few nouns and verbs, several depths, wildcards and what only looks like one. */
import fc from "fast-check";

const part = fc.constantFrom("a", "b", "ab", "A", "%", "_", ".", "\\");
const name = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(":"));

/** Names that a resource may offer. */
export const offeredScope: fc.Arbitrary<string[]> = fc.uniqueArray(name, { maxLength: 12 });

/** What a client may ask for. */
export const askedScope: fc.Arbitrary<string[]> = fc.array(
  fc.oneof(
    name,
    name.map((noun) => `${noun}:*`),
    name.map((noun) => `${noun}*`),
    fc.tuple(name, name).map((ends) => ends.join(":*:")),
    fc.constantFrom("*", ":*", "", ":", "**", "*:*", "a:**", "a:*:*"),
    fc.string({ unit: fc.constantFrom("a", "b", ":", "*"), maxLength: 6 }),
  ),
  { maxLength: 8 },
);
