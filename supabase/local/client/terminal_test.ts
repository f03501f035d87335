/** What reaches the terminal: text, and nothing that a terminal obeys. */
import assert from "node:assert/strict";
import { oneLine, plain, readLines } from "./terminal.ts";

Deno.test("plain keeps text and line breaks, and shows what a terminal would obey", () => {
  assert.equal(plain("茶 é\n\tx"), "茶 é\n\tx");
  assert.equal(plain("a\x1b[2Jb\r\x07\x9bc\u202ed\u2066"), "a\ufffd[2Jb\ufffd\ufffd\ufffdc\ufffdd\ufffd");
});

Deno.test("oneLine is one line of bearable length", () => {
  assert.equal(oneLine(" a\n  b\t c "), "a b c");
  assert.equal(oneLine("x".repeat(400)).length, 301);
});

Deno.test("readLines reads lines over the borders of chunks, and a last one without its end", async () => {
  const bytes = new TextEncoder().encode("list\ncall 茶\n\nquit");
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += 3) controller.enqueue(bytes.slice(at, at + 3));
      controller.close();
    },
  });
  assert.deepEqual(await Array.fromAsync(readLines(stream)), ["list", "call 茶", "", "quit"]);
});
