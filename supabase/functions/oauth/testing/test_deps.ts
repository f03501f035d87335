/**
 * Dependencies for tests: the memory store, a clock that stands, counted randomness, two signed-in people, a log that is
 * kept. Only the signer is the real one.
 */
import type { Bytes } from "../../_shared/encoding.ts";
import type { Log } from "../../_shared/http/request_log.ts";
import { publicUrls } from "../../_shared/public_urls.ts";
import { parseKeyRing } from "../../_shared/runtime/keys.ts";
import type { Deps, OAuthSettings, People, Person } from "../deps.ts";
import { SELF_REGISTERED_GRANTS } from "../grants/index.ts";
import { createSigner } from "../store/signer.ts";
import { createMemoryStore, type Memory } from "./memory_store.ts";
import { createTestClock, type TestClock } from "./test_clock.ts";

export const TEST_KEY_RING = parseKeyRing(`test:${"A".repeat(43)}`);

export const ALICE: Person = {
  id: "0f0e0d0c-0b0a-4908-8706-050403020100",
  email: "alice@example.com",
  name: "Alice",
};
export const BOB: Person = {
  id: "1f1e1d1c-1b1a-4918-9716-151413121110",
  email: null,
  name: null,
};

/** Supabase sessions: whose they are, or why they are nobody's who may consent. */
export const SESSIONS = {
  alice: "session.of.alice",
  bob: "session.of.bob",
  withoutSecondFactor: "session.without.factor",
  anonymous: "session.of.anonymous",
} as const;

export interface LoggedLine {
  readonly level: "info" | "warn" | "error";
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface TestDeps extends Deps {
  readonly clock: TestClock;
  readonly memory: Memory;
  readonly logged: LoggedLine[];
  /** What the internet answers at a URL: nothing, unless a test puts it here. */
  readonly published: Map<string, { body: unknown; freshSeconds?: number }>;
  /** URLs that were fetched. */
  readonly fetched: string[];
}

export const TEST_SETTINGS: OAuthSettings = {
  publicUrl: "https://auth.example",
  webUrl: "https://web.example",
  registration: "open",
  trustedClientHosts: [],
  accessTokenSeconds: 900,
  refreshTokenSeconds: 86_400,
  refreshReplaySeconds: 60,
  codeReplaySeconds: 10,
  registrationsPerHour: 0,
  tokenRequestsPerHour: 0,
  addressSource: { header: null, trustedHops: 1 },
};

/** New dependencies with two people and one resource, `<publicUrl>/mcp`. */
export function createTestDeps(
  overrides: Partial<OAuthSettings> = {},
): TestDeps {
  const settings = { ...TEST_SETTINGS, ...overrides };
  const clock = createTestClock();
  const memory = createMemoryStore(clock);
  const urls = publicUrls(settings.publicUrl);
  const random = countedRandom();
  const logged: LoggedLine[] = [];
  for (const { id } of [ALICE, BOB]) memory.addPerson(id);
  memory.recordResource({
    identifier: urls.resource,
    name: "Test resource",
    scopes: [
      {
        name: "product:read",
        description: { en: "See products", ja: "商品を見る" },
        tools: ["product_list"],
      },
      {
        name: "product:write",
        description: { en: "Change products", ja: "商品を変更する" },
        tools: [],
      },
    ],
    defaultScope: ["product:read"],
    isDefault: true,
  });
  const published: TestDeps["published"] = new Map();
  const fetched: string[] = [];
  const log: Log = { write: (level, event, fields) => void logged.push({ level, event, fields }) };
  return {
    settings,
    selfRegisteredGrants: SELF_REGISTERED_GRANTS,
    urls,
    store: memory.store,
    people: testPeople,
    published,
    fetched,
    documents: {
      // deno-lint-ignore require-await
      async fetch(url) {
        fetched.push(url);
        const found = published.get(url);
        if (found === undefined) return { outcome: "failed", reason: "status" };
        return { outcome: "fetched", document: found.body, freshSeconds: found.freshSeconds ?? 3600 };
      },
    },
    signer: createSigner({
      issuer: urls.issuer,
      keyDays: 90,
      store: memory.store,
      sealer: TEST_KEY_RING,
      log,
      random,
    }),
    log,
    now: clock.now,
    random,
    clock,
    memory,
    logged,
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

/** Bytes that differ at every call and are the same in every run. */
export function countedRandom(): (length: number) => Bytes {
  let state = 0;
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 16)) & 0xff;
  };
  return (length) => Uint8Array.from({ length }, next);
}
