/**
 * pgTAP for a server that does not bring it (the embedded one): the extension's SQL out of the npm package, which is
 * plain SQL of a few functions and needs no file of the server.
 */
import { pgtap } from "@electric-sql/pglite-pgtap";

const SCRIPT = /(^|\/)pgtap--\d+\.\d+\.\d+\.sql$/;
const BLOCK = 512;

/** The statements that create pgTAP in the first schema of the search path. */
export async function pgTapScript(): Promise<string> {
  // The package only says where its archive lies; the database argument is for PGlite.
  const { bundlePath } = await pgtap.setup(undefined as never, {});
  const archive = await Deno.open(bundlePath, { read: true });
  const tar = await new Response(archive.readable.pipeThrough(new DecompressionStream("gzip"))).bytes();
  for (const { name, content } of tarEntries(tar)) {
    // Updates are named pgtap--<from>--<to>.sql.
    if (SCRIPT.test(name)) return new TextDecoder().decode(content);
  }
  throw new Error("the npm package holds no pgTAP script");
}

function* tarEntries(tar: Uint8Array): Generator<{ name: string; content: Uint8Array }> {
  const text = (start: number, length: number) =>
    new TextDecoder().decode(tar.subarray(start, start + length)).replace(/\0.*$/s, "");
  for (let at = 0; at + BLOCK <= tar.length;) {
    const name = text(at, 100);
    if (name === "") return;
    const size = parseInt(text(at + 124, 12), 8);
    yield { name, content: tar.subarray(at + BLOCK, at + BLOCK + size) };
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
}
