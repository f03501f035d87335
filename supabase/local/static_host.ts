/**
 * The static host of the built pages: files of `web/dist`, `index.html` for every other address (404 where no page is),
 * and the headers that keep foreign code and foreign frames out.
 */
import { extname } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
};

/** The addresses that `web/src/main.tsx` has a page for. Anywhere else the same document says that there is none. */
export const PAGES: readonly string[] = ["/", "/consent", "/account"];

/** Names of assets hold a hash of their content. */
export const FOR_EVER = "public, max-age=31536000, immutable";

/** Answers a path of the pages. */
export type StaticHost = (path: string, method: string) => Promise<Response>;

/**
 * Serves this folder.
 *
 * @param connectTo Origins that the pages may call besides their own.
 */
export function createStaticHost(folder: string, connectTo: readonly string[]): StaticHost {
  const headers = pageHeaders(connectTo);
  return async (path, method) => {
    if (method !== "GET" && method !== "HEAD") {
      return new Response("Method Not Allowed\n", {
        status: 405,
        headers: { ...headers, Allow: "GET, HEAD" },
      });
    }
    const file = fileOf(path);
    const content = file === null ? null : await read(`${folder}/${file}`);
    if (content !== null && file !== null) return answer(content, file, method, headers);
    // An asset that is missing is missing; any other address is for a person, who gets a page.
    if (path.startsWith("/assets/")) return new Response("Not Found\n", { status: 404, headers });
    const index = await read(`${folder}/index.html`);
    if (index === null) return new Response("The pages are not built.\n", { status: 503, headers });
    return answer(index, "index.html", method, headers, PAGES.includes(path) ? 200 : 404);
  };
}

/** The headers of every page and file. @param connectTo Origins that the pages may call besides their own. */
export function pageHeaders(connectTo: readonly string[]): Record<string, string> {
  const policy = [
    "default-src 'self'",
    `connect-src ${["'self'", ...new Set(connectTo)].join(" ")}`,
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ];
  return {
    "Content-Security-Policy": policy.join("; "),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
  };
}

/** The file that a path names, or null for one that could lead anywhere else. */
function fileOf(path: string): string | null {
  const name = path === "/" ? "index.html" : path.slice(1);
  return /^[A-Za-z0-9_-][A-Za-z0-9_.-]*(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$/.test(name) ? name : null;
}

async function read(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    // Whatever keeps a path from being a file of ours (a folder, a file taken for one, a name too long): it is none.
    if (error instanceof Error) return null;
    throw error;
  }
}

function answer(
  content: Uint8Array<ArrayBuffer>,
  file: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  status = 200,
): Response {
  return new Response(method === "HEAD" ? null : content, {
    status,
    headers: {
      ...headers,
      "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
      "Content-Length": String(content.length),
      "Cache-Control": file.startsWith("assets/") ? FOR_EVER : "no-cache",
    },
  });
}
