/** `get_time`: the time, in any time zone. Needs no scope: the smallest proof that a token works. */
import { z } from "zod";
import { defineTool, ToolError } from "./define_tool.ts";

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
    utc: z.string().describe("RFC 3339, UTC."),
    local: z.string().describe(
      "Date and time in the time zone, with its offset.",
    ),
    time_zone: z.string(),
  }),
  annotations: {
    readOnlyHint: true,
    idempotentHint: true,
    openWorldHint: false,
  },

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
    return new Intl.DateTimeFormat("sv-SE", {
      timeZone,
      dateStyle: "short",
      timeStyle: "long",
    }).format(now);
  } catch {
    throw new ToolError(
      "This time zone does not exist. Use an IANA name such as Asia/Tokyo.",
    );
  }
}
