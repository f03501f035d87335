/**
 * A static host that is not ours: serves a folder by its `_redirects` and `_headers`, as far as Netlify's documentation
 * describes them and ours use them. Rules from the top; without `!` a file of that name goes first; headers are for what
 * the host itself serves, not for what it fetches elsewhere.
 */
import { extname } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=UTF-8",
  ".html": "text/html; charset=UTF-8",
  ".js": "application/javascript; charset=UTF-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
};

interface Rule {
  readonly from: string;
  readonly to: string;
  readonly status: number;
  readonly forced: boolean;
}

/** Serves this folder on this port of localhost. */
export async function serveSite(folder: string, port: number): Promise<Deno.HttpServer> {
  const rules = (await linesOf(`${folder}/_redirects`)).map((line): Rule => {
    const [from = "", to = "", status = ""] = line.split(" ");
    return { from, to, status: parseInt(status), forced: status.endsWith("!") };
  });
  const headers = await headersOf(`${folder}/_headers`);

  async function file(path: string, status: number, asked: string): Promise<Response | null> {
    const name = path === "/" ? "/index.html" : path;
    const content = await Deno.readFile(`${folder}${name}`).catch(() => null);
    if (content === null || name.startsWith("/_")) return null;
    const own = headers.filter(({ pattern }) => splat(pattern, asked) !== null);
    const type = TYPES[extname(name)] ?? "application/octet-stream";
    return new Response(content, {
      status,
      headers: { "Content-Type": type, ...Object.fromEntries(own.flatMap(({ fields }) => fields)) },
    });
  }

  return Deno.serve({ hostname: "localhost", port, onListen() {} }, async (request) => {
    const { pathname, search } = new URL(request.url);
    const there = await file(pathname, 200, pathname);
    for (const { from, to, status, forced } of rules) {
      const rest = splat(from, pathname);
      if (rest === null || (there !== null && !forced)) continue;
      if (to.startsWith("http")) return await forward(request, `${to.replace(":splat", rest)}${search}`);
      return await file(to, status, pathname) ?? new Response(null, { status: 404 });
    }
    return there ?? new Response(null, { status: 404 });
  });
}

/** What `*` stands for, or null where the pattern does not fit. */
function splat(pattern: string, path: string): string | null {
  if (!pattern.endsWith("*")) return pattern === path ? "" : null;
  return path.startsWith(pattern.slice(0, -1)) ? path.slice(pattern.length - 1) : null;
}

/** Hands a request on to another address, and its answer back. */
export async function forward(request: Request, url: string): Promise<Response> {
  const headers = new Headers(request.headers);
  headers.delete("Host");
  return await fetch(url, { method: request.method, headers, body: request.body, redirect: "manual" });
}

async function linesOf(path: string): Promise<string[]> {
  return (await Deno.readTextFile(path)).split("\n").filter((line) => line !== "");
}

async function headersOf(path: string) {
  const sections: { pattern: string; fields: [string, string][] }[] = [];
  for (const line of await linesOf(path)) {
    const [, name = "", value = ""] = /^ +([^:]+): (.*)$/.exec(line) ?? [];
    if (name === "") sections.push({ pattern: line, fields: [] });
    else sections.at(-1)?.fields.push([name, value]);
  }
  return sections;
}
