/**
 * Pages of a list: keyset cursors, so that rows that come or go between two pages neither repeat nor hide others. A cursor
 * is a position, not a permission: what it leads to, the row policies decide.
 */
import { z } from "zod";
import { fromBase64Url, toBase64Url, utf8 } from "../../../_shared/encoding.ts";
import { ToolError } from "../define_tool.ts";
import { givenInstant, id, isStorable } from "./fields.ts";

const MOST_CHARACTERS = 2000;

/** Input of every tool that lists. */
export const pageInput = {
  limit: z.number().int().min(1).max(100).default(50).describe("At most this many."),
  cursor: z.string().max(MOST_CHARACTERS).optional().describe(
    "next_cursor of the page before, unchanged. Left out for the first page.",
  ),
};

export const nextCursor = z.string().nullable().describe("For the next page; null on the last one.");

/** What a list is ordered by before the id: exactly as Postgres wrote it. */
export type SortKey = "name" | "instant";

const sortKeys = {
  name: z.string().max(400).refine(isStorable),
  // Postgres takes no offset of 16 hours and more, and no text of any length; it writes six digits of a second.
  instant: givenInstant.refine((value) => /^[^.]*(\.\d{1,6})?(Z|[+-](0\d|1[0-5]):\d\d)$/.test(value)),
};

export interface Pages {
  /** Where the page begins, as parameters: sort key and id of the row before it, or null and null. */
  after(cursor: string | undefined): readonly [string | null, string | null];
  /** The page in these rows, of which one more was asked for than fits. */
  cut<Row extends { readonly id: string }>(
    rows: readonly Row[],
    limit: number,
    keyOf: (row: Row) => string,
  ): { rows: Row[]; next_cursor: string | null };
}

/** Pages of one tool's list. A cursor of another tool is refused. */
export function definePages(tool: string, sortKey: SortKey): Pages {
  const position = z.tuple([z.literal(tool), sortKeys[sortKey], id]);
  return {
    after(cursor) {
      if (cursor === undefined) return [null, null];
      const read = position.safeParse(decode(cursor));
      if (!read.success) {
        throw new ToolError(
          "This cursor is not one of this tool. Send next_cursor unchanged, or leave it out for the first page.",
        );
      }
      return [read.data[1], read.data[2]];
    },
    cut(rows, limit, keyOf) {
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      const isLast = rows.length <= limit || last === undefined;
      return { rows: page, next_cursor: isLast ? null : encode([tool, keyOf(last), last.id]) };
    },
  };
}

function encode(position: readonly string[]): string {
  return toBase64Url(utf8(JSON.stringify(position)));
}

function decode(cursor: string): unknown {
  const bytes = fromBase64Url(cursor);
  if (bytes === null) return null;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return null;
  }
}
