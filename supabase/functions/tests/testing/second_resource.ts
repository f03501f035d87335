/**
 * A resource server of somebody else beside the product: recorded by the statements that docs/protect_your_server.md
 * tells the operator to run, listening on a port of its own.
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
/** The resource of the document's statements. */
const EXAMPLE = "https://parcels.example/mcp";

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
  const text = await Deno.readTextFile(DOCUMENT);
  const statements = [...text.matchAll(/^```sql\n(.*?)^```$/gms)].map(([, sql = ""]) => sql);
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
