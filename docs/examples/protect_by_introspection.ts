/**
 * An MCP server of your own, protected by introspection (RFC 7662): it asks at every request whether the token is alive,
 * so a token that was revoked is refused at once. Copy this file; it imports nothing of Sekisho. See
 * docs/protect_your_server.md. Never lets anybody in because the authorization server could not be asked.
 */
import { type AuthInfo, createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";

export interface Settings {
  /** This server's URL exactly as it was recorded: what tokens must be for. */
  readonly resource: string;
  /** `issuer` and `introspection_endpoint` in the metadata of the authorization server. */
  readonly issuer: string;
  readonly introspectionEndpoint: string;
  /** The confidential client that may ask about tokens for this resource. */
  readonly clientId: string;
  readonly clientSecret: string;
  /** Told why requests are answered 503. */
  readonly report: (error: unknown) => void;
}

/** Asked for first (MCP authorization, "Scope Selection Strategy"): what the person of a new client is shown. */
const FIRST_SCOPE = "parcel:read";
const ANSWERS_WITHIN_MS = 5000;

/** The server, as a fetch handler: for `Deno.serve` and whatever else speaks Request and Response. */
export function createServer(settings: Settings): (request: Request) => Promise<Response> {
  const { origin, pathname } = new URL(settings.resource);
  // RFC 9728 §3.1: the well-known part goes between host and path.
  const metadataPath = `/.well-known/oauth-protected-resource${pathname === "/" ? "" : pathname}`;
  const mcp = createMcpHandler((context) => buildServer(context.authInfo), { maxSubscriptions: 0 });

  return async (request) => {
    const path = new URL(request.url).pathname;
    if (path === metadataPath) return describeResource(settings);
    if (path !== pathname) return refuse(404, "not_found");
    // A page of a foreign origin must not reach a server on this computer (MCP transports, "Security Warning").
    if ((request.headers.get("Origin") ?? origin) !== origin) return refuse(403, "origin_not_allowed");
    const caller = await authenticate(request.headers.get("Authorization"), settings);
    if (caller === "unavailable") return refuse(503, "temporarily_unavailable", { "Retry-After": "5" });
    if (typeof caller === "string") {
      // Without any token there is no error to name, only the way in (RFC 6750 §3.1, RFC 9728 §5.1).
      const error = caller === "invalid_token" ? `error="invalid_token", ` : "";
      const challenge = `Bearer ${error}scope="${FIRST_SCOPE}", resource_metadata="${origin}${metadataPath}"`;
      return refuse(401, "invalid_token", { "WWW-Authenticate": challenge });
    }
    // The SDK's own 403 names the same metadata.
    const authInfo = { ...caller, resourceMetadataUrl: `${origin}${metadataPath}` };
    return await mcp.fetch(request, { authInfo });
  };
}

/** Protected resource metadata (RFC 9728 §2): from here a client finds the authorization server. */
function describeResource({ resource, issuer }: Settings): Response {
  return Response.json({
    resource,
    authorization_servers: [issuer],
    scopes_supported: [FIRST_SCOPE],
    bearer_methods_supported: ["header"],
    resource_name: "Parcels",
  }, { headers: { "Access-Control-Allow-Origin": "*" } });
}

/** Who calls. Anything but a clear yes of the authorization server is a no. */
async function authenticate(
  authorization: string | null,
  settings: Settings,
): Promise<AuthInfo | "token_missing" | "invalid_token" | "unavailable"> {
  if (authorization === null) return "token_missing";
  const [, token] = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization) ?? [];
  if (token === undefined || token.length > 4096) return "invalid_token";
  try {
    const answer = await introspect(token, settings);
    if (!z.object({ active: z.boolean() }).parse(answer).active) return "invalid_token";
    // A client is also told about tokens of its own, whatever they are for: for us is for this resource alone, exactly.
    const { success, data } = z.object({
      iss: z.literal(settings.issuer),
      aud: z.literal(settings.resource),
      token_type: z.literal("Bearer"),
      exp: z.number().gt(Date.now() / 1000),
      sub: z.string(),
      client_id: z.string(),
      scope: z.string(),
    }).safeParse(answer);
    if (!success) return "invalid_token";
    // The tools need the person, never the token.
    return {
      token: "",
      clientId: data.client_id,
      scopes: data.scope.split(" ").filter(Boolean),
      expiresAt: data.exp,
      extra: { person: data.sub },
    };
  } catch (error) {
    settings.report(error);
    return "unavailable";
  }
}

async function introspect(token: string, settings: Settings): Promise<unknown> {
  const credentials = [settings.clientId, settings.clientSecret].map(encodeURIComponent).join(":");
  const response = await fetch(settings.introspectionEndpoint, {
    method: "POST",
    headers: { Authorization: `Basic ${btoa(credentials)}`, Accept: "application/json" },
    body: new URLSearchParams({ token }),
    // The secret and the token go to this address and to no other.
    redirect: "manual",
    signal: AbortSignal.timeout(ANSWERS_WITHIN_MS),
  });
  if (response.status === 200) return await response.json();
  await response.body?.cancel();
  throw new Error(`the introspection endpoint answered ${response.status}`);
}

function refuse(status: number, error: string, headers: Record<string, string> = {}): Response {
  return Response.json({ error }, { status, headers: { "Cache-Control": "no-store", ...headers } });
}

// From here on it is your server. This one keeps parcels, of each person apart.
const parcels = new Map<string, string[]>();

/** A server for one request of this caller, so that nothing of one caller can reach another. */
function buildServer(caller: AuthInfo | undefined): McpServer {
  const person = z.string().parse(caller?.extra?.["person"]);
  const server = new McpServer({ name: "parcels", version: "1.0.0" });
  const answer = () => ({
    content: [{ type: "text" as const, text: JSON.stringify(parcels.get(person) ?? []) }],
  });

  server.registerTool("parcel_list", {
    description: "Where the person's parcels went.",
    scopeChallenge: () => missing("parcel:read", caller),
  }, answer);
  server.registerTool("parcel_send", {
    description: "Sends a parcel.",
    inputSchema: z.object({ to: z.string().min(1).max(100) }),
    scopeChallenge: () => missing("parcel:write", caller),
  }, ({ to }) => {
    parcels.set(person, [...parcels.get(person) ?? [], to]);
    return answer();
  });
  return server;
}

/** What to ask for when this scope is not there: it and what the caller has, so that asking again loses nothing. */
function missing(scope: string, caller: AuthInfo | undefined) {
  const scopes = caller?.scopes ?? [];
  return scopes.includes(scope) ? undefined : { scopes: [scope, ...scopes] as [string, ...string[]] };
}

if (import.meta.main) {
  const setting = (name: string): string => {
    const value = Deno.env.get(name);
    if (value === undefined) throw new Error(`${name} is missing`);
    return value;
  };
  const server = createServer({
    resource: setting("RESOURCE"),
    issuer: setting("ISSUER"),
    introspectionEndpoint: setting("INTROSPECTION_ENDPOINT"),
    clientId: setting("CLIENT_ID"),
    clientSecret: setting("CLIENT_SECRET"),
    // deno-lint-ignore no-console
    report: (error) => console.error(error),
  });
  Deno.serve({ port: Number(Deno.env.get("PORT") ?? 8000), hostname: "localhost" }, server);
}
