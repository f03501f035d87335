/** Dependencies of the `account` function for tests: the memory store, two signed-in people, a log that is kept. */
import type { People, Person } from "../../_shared/people.ts";
import type { AccountSettings, Deps } from "../deps.ts";
import { createMemoryStore, type Memory } from "./memory_store.ts";

export const NOW = new Date("2026-11-21T12:00:00Z");
export const RESOURCE = "https://auth.example/mcp";

export const ALICE: Person = {
  id: "0f0e0d0c-0b0a-4908-8706-050403020100",
  email: "a@example.com",
  name: null,
};
export const BOB: Person = { id: "1f1e1d1c-1b1a-4918-9716-151413121110", email: "b@example.com", name: null };

/** Supabase sessions: whose they are, or why they are nobody's who may act. */
export const SESSIONS = {
  alice: "session.of.alice",
  bob: "session.of.bob",
  withoutSecondFactor: "session.without.factor",
  anonymous: "session.of.anonymous",
} as const;

export interface TestDeps extends Deps {
  readonly memory: Memory;
  readonly logged: Readonly<Record<string, unknown>>[];
}

/** Two people, two clients, one resource; nobody holds anything. */
export function createTestDeps(overrides: Partial<AccountSettings> = {}): TestDeps {
  const memory = createMemoryStore(NOW);
  for (const { id } of [ALICE, BOB]) memory.people.add(id);
  memory.clients.set("client_a", {
    id: "client_a",
    name: "App A",
    uri: "https://a.example/about",
    verified: true,
    blocked: false,
  });
  memory.clients.set("https://b.example/client.json", {
    id: "https://b.example/client.json",
    name: "App B",
    uri: null,
    verified: false,
    blocked: false,
  });
  memory.resources.set(RESOURCE, [
    { name: "product:read", description: { en: "See products", ja: "商品を見る" } },
    { name: "product:write", description: { en: "Change products", ja: "商品を変更する" } },
  ]);
  const logged: TestDeps["logged"] = [];
  return {
    settings: {
      webUrl: "https://web.example",
      trustedClientHosts: [],
      addressSource: { header: null, trustedHops: 1 },
      ...overrides,
    },
    people: testPeople,
    store: memory.store,
    memory,
    logged,
    log: { write: (level, event, fields) => void logged.push({ level, event, ...fields }) },
    random: (length) => new Uint8Array(length),
  };
}

const testPeople: People = {
  // deno-lint-ignore require-await
  async findPerson(sessionToken) {
    switch (sessionToken) {
      case SESSIONS.alice:
        return { outcome: "found", person: ALICE };
      case SESSIONS.bob:
        return { outcome: "found", person: BOB };
      case SESSIONS.withoutSecondFactor:
        return { outcome: "second_factor_required" };
      case SESSIONS.anonymous:
        return { outcome: "not_a_person" };
      default:
        return { outcome: "no_session" };
    }
  },
};
