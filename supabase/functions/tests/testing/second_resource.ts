/**
 * A resource server of somebody else beside the product: recorded by the statements and started by the commands that
 * docs/protect_your_server.md tells the operator to run, listening on a port of its own.
 */
import assert from "node:assert/strict";
import { freePort } from "../../../local/testing/product_process.ts";
import type { Stage } from "../attacks/testing/attack_stage.ts";
import {
  authorizeParameters,
  beginRequest,
  decide,
  redeem,
  type RegisteredClient,
  type Tokens,
} from "./http_flow.ts";

const DOCUMENT = new URL("../../../../docs/protect_your_server.md", import.meta.url);
/** What the document calls the resource and the authorization server. */
const EXAMPLE = "https://parcels.example/mcp";
const EXAMPLE_SERVER = "https://sekisho.example";
const ROOT = decodeURIComponent(new URL("../../../../", import.meta.url).pathname);
const LISTENS_WITHIN_MS = 30_000;

export interface SecondResource {
  readonly resource: string;
  readonly port: number;
  /** The client that may introspect. */
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Runs the document's statements, in its order, for a resource on a free port. */
export async function recordAsDocumented(stage: Stage): Promise<SecondResource> {
  const port = freePort();
  const resource = `http://localhost:${port}/mcp`;
  const statements = await blocks("sql");
  assert.equal(statements.length, 2, "the document records a resource, then a client");
  let answered: { client_id: string; client_secret: string }[] = [];
  for (const sql of statements) {
    assert.ok(sql.includes(`'${EXAMPLE}'`), sql);
    answered = await stage.rows(sql.replaceAll(EXAMPLE, resource));
  }
  const [client] = answered;
  assert.ok(client?.client_id && client.client_secret);
  return { resource, port, clientId: client.client_id, clientSecret: client.client_secret };
}

/** Starts this example by the document's command, and waits until it listens. */
export async function startAsDocumented(
  { url }: Stage,
  { resource, port, clientId, clientSecret }: SecondResource,
  example: string,
): Promise<AsyncDisposable> {
  const commands = (await blocks("sh")).flatMap((block) => block.replaceAll("\\\n", "").split("\n\n"));
  const words = commands.find((command) => command.includes(example))?.trim().split(/\s+/) ?? [];
  const begin = words.indexOf("deno");
  assert.ok(begin > 0, `the document starts ${example}`);
  const own: Record<string, string> = { CLIENT_ID: clientId, CLIENT_SECRET: clientSecret };
  const env = Object.fromEntries(
    words.slice(0, begin).map((word) => {
      const [name = "", value = ""] = word.split("=");
      return [name, own[name] ?? value.replace(EXAMPLE, resource).replace(EXAMPLE_SERVER, url)];
    }),
  );
  const child = new Deno.Command(Deno.execPath(), {
    args: words.slice(begin + 1),
    cwd: ROOT,
    env: { ...env, PORT: String(port), NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  const end = async () => {
    child.kill("SIGTERM");
    await child.status;
  };
  let status: Deno.CommandStatus | undefined;
  child.status.then((ended) => status = ended);
  for (const deadline = Date.now() + LISTENS_WITHIN_MS; !await listens(resource);) {
    assert.equal(status, undefined, `${example} ended`);
    if (Date.now() > deadline) await end();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { [Symbol.asyncDispose]: end };
}

async function listens(resource: string): Promise<boolean> {
  try {
    await (await fetch(resource)).body?.cancel();
    return true;
  } catch {
    return false;
  }
}

/** What the document shows in this language. */
async function blocks(language: "sql" | "sh"): Promise<string[]> {
  const text = await Deno.readTextFile(DOCUMENT);
  const shown = [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)];
  return shown.flatMap(([, name, block = ""]) => name === language ? [block] : []);
}

/** Serves until disposed. */
export function serve(
  { port }: Pick<SecondResource, "port">,
  handler: (request: Request) => Response | Promise<Response>,
): AsyncDisposable {
  const server = Deno.serve({ port, hostname: "localhost", onListen() {} }, handler);
  return { [Symbol.asyncDispose]: () => server.shutdown() };
}

/** Everything a person allows this client at this resource. */
export async function obtainTokens(
  url: string,
  client: RegisteredClient,
  session: string,
  resource: string,
  scope?: string,
): Promise<Tokens> {
  const verifier = "v".repeat(43);
  const begun = await beginRequest(url, {
    ...await authorizeParameters(client, verifier, scope),
    resource,
  });
  assert.equal(begun.status, 303);
  const continueTo = await decide(url, begun.id, session);
  const continued = await fetch(continueTo, { redirect: "manual", headers: { Cookie: begun.cookie } });
  await continued.body?.cancel();
  const code = new URL(continued.headers.get("Location") ?? "").searchParams.get("code") ?? "";
  const { status, body } = await redeem(url, { client, code, verifier }, { resource });
  assert.equal(status, 200);
  return body;
}
