/** Lists of tools on real Postgres, page by page: rows that sort alike are neither repeated nor lost. */
import assert from "node:assert/strict";
import { SCOPES } from "../mcp/protocol/scopes.ts";
import { TOOLS } from "../mcp/tools/index.ts";
import { onStage } from "./attacks/testing/attack_stage.ts";
import { askTool, obtainToken } from "./testing/mcp_request.ts";
import { inputOf, PEOPLE, readWorld } from "./testing/shop_world.ts";

/** Seven rows of everything, of which all sort alike and differ by id alone. */
const ALIKE = [
  `insert into shop.products (owner_id, name, price_minor, currency, stock)
  select $1, 'alike', 1, 'JPY', 1 from generate_series(1, 7)`,
  "insert into shop.rooms (owner_id, name, time_zone) select $1, 'alike', 'Asia/Tokyo' from generate_series(1, 7)",
  `insert into shop.bookings (owner_id, room_id, client_id, title, during)
  select $1, id, 'client', 'alike', tstzrange('2030-01-01 00:00:00.123456Z', '2030-01-01 01:00Z')
  from shop.rooms where owner_id = $1 and name = 'alike'`,
  `insert into shop.orders (owner_id, client_id, idempotency_key, content_hash, currency, total_minor, created_at)
  select $1, 'client', key::text, sha256(''), 'JPY', 1, '2026-01-01 00:00:00.123456Z' from generate_series(1, 7) as key`,
  `insert into shop.ticket_events (owner_id, name, starts_at, price_minor, currency, capacity)
  select $1, 'alike', '2030-01-01 00:00:00.123456Z', 0, 'JPY', 1 from generate_series(1, 7)`,
  "insert into shop.forms (owner_id, title) select $1, 'alike' from generate_series(1, 7)",
  `insert into shop.form_responses (owner_id, form_id, client_id, answers, created_at)
  select $1, id, 'client', '{"stars": 1}', '2026-01-01 00:00:00.123456Z'
  from shop.forms, generate_series(1, 7) where owner_id = $1`,
];

Deno.test("every list, two at a time, is what it is at once, whatever sorts alike", () =>
  onStage(async (stage) => {
    for (const insert of ALIKE) await stage.rows(insert, [PEOPLE.demo_user]);
    const token = await obtainToken(stage.url, SCOPES.map((scope) => scope.name).join(" "));
    const world = await readWorld(stage, PEOPLE.demo_user);
    const cursors = new Map<string, string>();
    const lists = TOOLS.filter((tool) => "cursor" in tool.input.shape);
    assert.ok(lists.length >= 7);
    for (const tool of lists) {
      // The room of the world narrows the list of bookings to one.
      const { room_id: _, ...input } = inputOf(tool, world);
      const ask = async (more: Record<string, unknown>) => {
        const { structuredContent = {}, content } = await askTool(stage.url, token, tool.name, {
          ...input,
          ...more,
        });
        const rows = Object.values(structuredContent).find(Array.isArray) as { id: string }[] | undefined;
        assert.ok(rows, `${tool.name}: ${content[0]?.text}`);
        return {
          ids: rows.map(({ id }) => id),
          cursor: structuredContent["next_cursor"] as string | null,
        };
      };
      const whole = await ask({ limit: 100 });
      assert.equal(whole.cursor, null);
      assert.ok(whole.ids.length >= 7, tool.name);
      const walked: string[] = [];
      let cursor: string | null | undefined;
      do {
        const page = await ask({ limit: 2, ...(cursor === undefined ? {} : { cursor }) });
        assert.ok(page.ids.length === 2 || page.cursor === null);
        walked.push(...page.ids);
        cursor = page.cursor;
        if (cursor !== null) cursors.set(tool.name, cursor);
      } while (cursor !== null);
      assert.deepEqual(walked, whole.ids, tool.name);
      assert.equal(new Set(walked).size, walked.length);
    }
    for (const tool of lists) {
      const [, foreign] = [...cursors].find(([name]) => name !== tool.name) ?? [];
      for (const cursor of [foreign, "canary", `${cursors.get(tool.name)}x`]) {
        const result = await askTool(stage.url, token, tool.name, { ...inputOf(tool, world), cursor });
        assert.equal(result.isError, true);
        assert.match(result.content[0]?.text ?? "", /^This cursor is not one of this tool\./);
      }
    }
  }, { env: { RATE_MCP: "0" } }));
