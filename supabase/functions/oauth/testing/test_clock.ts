/** A clock that stands still until a test moves it. */

export interface TestClock {
  now(): Date;
  elapse(seconds: number): void;
}

/** Stands at the same instant at every start. */
export function createTestClock(start = "2026-11-21T00:00:00Z"): TestClock {
  let at = Date.parse(start);
  return {
    now: () => new Date(at),
    elapse(seconds) {
      at += seconds * 1000;
    },
  };
}
