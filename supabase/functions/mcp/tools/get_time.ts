/** `get_time`: the time, in any time zone. Needs no scope: the smallest proof that a token works. */
import { z } from "zod";
import { defineTool, LOOKS_ONLY, ToolError } from "./define_tool.ts";
import { instant } from "./shapes/fields.ts";
import { toLocalTime } from "./shapes/local_time.ts";

export const getTime = defineTool({
  name: "get_time",
  title: "Get the time",
  description: "The current date and time, in UTC and in a time zone.",
  scope: null,
  needsPerson: false,
  input: z.object({
    time_zone: z.string().max(64).default("UTC").describe(
      "IANA name, for example Asia/Tokyo. UTC when left out.",
    ),
  }),
  output: z.object({
    utc: instant.describe("RFC 3339, UTC."),
    local: instant.describe("RFC 3339, with the offset of the time zone."),
    time_zone: z.string(),
  }),
  annotations: LOOKS_ONLY,

  run(input, context) {
    const now = context.now();
    return Promise.resolve({
      utc: now.toISOString(),
      local: inZone(now, input.time_zone),
      time_zone: input.time_zone,
    });
  },
});

function inZone(now: Date, timeZone: string): string {
  try {
    return toLocalTime(now, timeZone);
  } catch {
    throw new ToolError(
      "This time zone does not exist. Use an IANA name such as Asia/Tokyo.",
    );
  }
}
