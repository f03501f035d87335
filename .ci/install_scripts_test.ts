/** Install scripts that packages bring: each is denied by name in deno.json, where Deno would otherwise warn about it. */
import assert from "node:assert/strict";

const read = async (name: string) =>
  JSON.parse(await Deno.readTextFile(new URL(`../${name}`, import.meta.url)));

Deno.test("every install script of a package in deno.lock is denied, and nothing else is named", async () => {
  const { npm } = await read("deno.lock") as { npm: Record<string, { scripts?: boolean }> };
  const brought = Object.keys(npm).filter((name) => npm[name]?.scripts);
  const { allow, deny } = (await read("deno.json")).allowScripts;
  assert.deepEqual(allow, []);
  assert.deepEqual([...deny].sort(), brought.map((name) => `npm:${name}`).sort());
});
