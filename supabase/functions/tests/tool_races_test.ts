/** Races of tools through `/mcp` of two processes: what there is once is given once, and everybody else is told why. */
import assert from "node:assert/strict";
import { onStage } from "./attacks/testing/attack_stage.ts";
import { askTool, obtainToken, type ToolResult } from "./testing/mcp_request.ts";
import { PEOPLE } from "./testing/shop_world.ts";

const twoProcesses = { processes: 2, env: { RATE_MCP: "0" } } as const;

/** How many succeeded, and what the others were told. */
function judge(results: readonly ToolResult[]): { done: number; told: Set<string> } {
  const refused = results.filter((result) => result.isError === true);
  return {
    done: results.length - refused.length,
    told: new Set(refused.map((result) => result.content[0]?.text ?? "")),
  };
}

Deno.test("100 parallel order_create for the last 10 items: 10 orders, 90 told that the stock is not enough, none left", () =>
  onStage(async ({ urls, rows }) => {
    const [url = "", other = ""] = urls;
    const [product] = await rows<{ id: string }>(
      `insert into shop.products (owner_id, name, price_minor, currency, stock) values ($1, 'The last ten', 100, 'JPY', 10)
      returning id`,
      [PEOPLE.demo_user],
    );
    const tokens = await Promise.all(Array.from({ length: 4 }, () => obtainToken(url, "order:write")));
    const results = await Promise.all(
      Array.from(
        { length: 100 },
        (_, index) =>
          askTool(index % 2 === 0 ? url : other, tokens[index % 4] ?? "", "order_create", {
            idempotency_key: `race ${index}`,
            items: [{ product_id: product?.id, quantity: 1 }],
          }),
      ),
    );
    const { done, told } = judge(results);
    assert.equal(done, 10);
    assert.deepEqual([...told], [
      "Nothing was ordered: not enough stock for line 1. Order less of it; product_get tells how much there is.",
    ]);
    assert.deepEqual(
      await rows(
        `select stock, (select count(*)::integer from shop.order_items where product_id = products.id) as sold
        from shop.products where id = $1`,
        [product?.id],
      ),
      [{ stock: 0, sold: 10 }],
    );
  }, twoProcesses));

Deno.test("20 parallel order_create with one idempotency key are one order, and 19 are told that it was there", () =>
  onStage(async ({ urls, rows }) => {
    const [url = "", other = ""] = urls;
    const token = await obtainToken(url, "order:write");
    const [product] = await rows<{ id: string; stock: number }>(
      "select id, stock from shop.products where owner_id = $1 order by name limit 1",
      [PEOPLE.demo_user],
    );
    const input = { idempotency_key: "one key", items: [{ product_id: product?.id, quantity: 1 }] };
    const results = await Promise.all(
      Array.from(
        { length: 20 },
        (_, index) => askTool(index % 2 === 0 ? url : other, token, "order_create", input),
      ),
    );
    const answered = results.map((result) => result.structuredContent ?? {});
    assert.equal(new Set(answered.map((order) => order["id"])).size, 1);
    assert.equal(answered.filter((order) => order["repeated"] === false).length, 1);
    const [left] = await rows<{ stock: number }>("select stock from shop.products where id = $1", [
      product?.id,
    ]);
    assert.equal(left?.stock, (product?.stock ?? 0) - 1);
  }, twoProcesses));

Deno.test("50 parallel booking_create of one slot: one booking, 49 told that the room is taken", () =>
  onStage(async ({ urls, rows }) => {
    const [url = "", other = ""] = urls;
    const [room] = await rows<{ id: string }>(
      "select id from shop.rooms where owner_id = $1 and opens_at is null",
      [PEOPLE.demo_user],
    );
    const tokens = await Promise.all(Array.from({ length: 4 }, () => obtainToken(url, "booking:write")));
    const at = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
    const slot = { room_id: room?.id, starts_at: at(48), ends_at: at(49) };
    const results = await Promise.all(
      Array.from(
        { length: 50 },
        (_, index) =>
          askTool(index % 2 === 0 ? url : other, tokens[index % 4] ?? "", "booking_create", {
            ...slot,
            title: `race ${index}`,
          }),
      ),
    );
    const { done, told } = judge(results);
    assert.equal(done, 1);
    assert.deepEqual([...told].map((sentence) => /^The room is taken then/.test(sentence)), [true]);
    const kept = await rows("select from shop.bookings where room_id = $1", [room?.id]);
    assert.equal(kept.length, 1);
  }, twoProcesses));
