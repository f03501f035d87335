/**
 * How `web/` becomes `web/dist`: complete here, so that the command line and Vite's JS API build the same.
 *
 * It must never inline an asset or a script: the pages are served under `default-src 'self'`.
 */
import { defineConfig } from "vite";
import solid from "vite-plugin-solid";

export default defineConfig({
  base: "/",
  publicDir: false,
  plugins: [solid()],
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: true,
    assetsDir: "assets",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
