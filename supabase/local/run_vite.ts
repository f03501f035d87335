/** The child of `build_web.ts`: builds the pages in the folder of the first argument into that of the second. */
import { build } from "vite";

const [root = "web", outDir = "dist"] = Deno.args;
await build({ root, logLevel: "error", build: { outDir, emptyOutDir: true } });
