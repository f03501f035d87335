/** `get_time`: the frozen time, and what it says of a zone that nobody knows. */
import assert from "node:assert/strict";
import { NOW } from "../testing/test_deps.ts";
import { contextWith } from "../testing/tool_context.ts";
import { getTime } from "./get_time.ts";

const ask = async (input: { time_zone?: string }) => {
  const { context, asked } = contextWith([]);
  const output = await getTime.run(getTime.input.parse(input), context);
  assert.deepEqual(asked, []);
  assert.deepEqual(getTime.output.parse(output), output);
  return output;
};

Deno.test("get_time answers the time in UTC and in the zone, without the database", async () => {
  assert.deepEqual(await ask({ time_zone: "Asia/Tokyo" }), {
    utc: NOW.toISOString(),
    local: "2026-11-21T21:00:00+09:00",
    time_zone: "Asia/Tokyo",
  });
  assert.equal((await ask({})).time_zone, "UTC");
});

Deno.test("get_time says what a zone is called, without quoting the wrong one", async () => {
  await assert.rejects(() => ask({ time_zone: "Canary/Nowhere" }), {
    name: "ToolError",
    message: "This time zone does not exist. Use an IANA name such as Asia/Tokyo.",
  });
});
