/**
 * A JSON server of your own, protected by the authorization server's public keys (RFC 9068, RFC 7517): it checks each
 * token itself and asks nobody, so a token that was revoked is good here until it expires. Copy this file; it imports
 * nothing of Sekisho. See docs/protect_your_server.md. Never lets anybody in because keys could not be had.
 */
import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey } from "jose";

export interface Settings {
  /** This server's URL exactly as it was recorded: what tokens must be for. */
  readonly resource: string;
  /** `issuer` and `jwks_uri` in the metadata of the authorization server. */
  readonly issuer: string;
  readonly jwksUri: string;
  /** Told why requests are answered 503. */
  readonly report: (error: unknown) => void;
}

interface Caller {
  /** The person, or the client itself when it came in its own name. */
  readonly subject: string;
  readonly scopes: readonly string[];
}

interface Route {
  readonly scope: string;
  readonly answer: (caller: Caller) => Response;
}

const FIRST_SCOPE = "parcel:read";
/** As long as the key set says that it may be kept: so long is the token of a revoked key still good here. */
const KEYS_LAST_MS = 60_000;
/** A key that is not known is asked for, but not more often than this: tokens that name keys cost an attacker nothing. */
const ASKS_AGAIN_AFTER_MS = 10_000;

/** The server, as a fetch handler: for `Deno.serve` and whatever else speaks Request and Response. */
export function createServer(settings: Settings): (request: Request) => Promise<Response> {
  const { origin, pathname } = new URL(settings.resource);
  // RFC 9728 §3.1: the well-known part goes between host and path.
  const metadataPath = `/.well-known/oauth-protected-resource${pathname === "/" ? "" : pathname}`;
  const keys = keysAt(settings.jwksUri);
  const challenge = (scope: string, error?: string) =>
    `Bearer ${error === undefined ? "" : `error="${error}", `}scope="${scope}", ` +
    `resource_metadata="${origin}${metadataPath}"`;

  return async (request) => {
    const path = new URL(request.url).pathname;
    if (path === metadataPath) return describeResource(settings);
    if (path !== pathname) return refuse(404, "not_found");
    const caller = await authenticate(request.headers.get("Authorization"), keys, settings);
    if (caller === "unavailable") return refuse(503, "temporarily_unavailable", { "Retry-After": "5" });
    if (typeof caller === "string") {
      // Without any token there is no error to name, only the way in (RFC 6750 §3.1, RFC 9728 §5.1).
      const error = caller === "invalid_token" ? caller : undefined;
      return refuse(401, "invalid_token", { "WWW-Authenticate": challenge(FIRST_SCOPE, error) });
    }
    const route = ROUTES.get(request.method);
    if (route === undefined) {
      return refuse(405, "method_not_allowed", { Allow: [...ROUTES.keys()].join(", ") });
    }
    if (caller.scopes.includes(route.scope)) return route.answer(caller);
    // It and what the caller has, so that a client that asks for exactly this loses nothing.
    const wanted = challenge([route.scope, ...caller.scopes].join(" "), "insufficient_scope");
    return refuse(403, "insufficient_scope", { "WWW-Authenticate": wanted });
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

/** Who calls (RFC 9068 §4). */
async function authenticate(
  authorization: string | null,
  keys: JWTVerifyGetKey,
  { resource, issuer, report }: Settings,
): Promise<Caller | "token_missing" | "invalid_token" | "unavailable"> {
  if (authorization === null) return "token_missing";
  const [, token] = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization) ?? [];
  if (token === undefined || token.length > 4096) return "invalid_token";
  try {
    const { payload: { aud, sub, scope } } = await jwtVerify(token, keys, {
      algorithms: ["ES256"],
      typ: "at+jwt",
      issuer,
      requiredClaims: ["exp", "iat", "jti", "sub", "client_id"],
    });
    // Not jose's `audience`, which is content when ours is one of several: a token for us is for nobody else.
    if (aud !== resource || sub === undefined || typeof scope !== "string") return "invalid_token";
    return { subject: sub, scopes: scope.split(" ").filter(Boolean) };
  } catch (error) {
    if (error instanceof errors.JOSEError) return "invalid_token";
    report(error);
    return "unavailable";
  }
}

/** The keys at this address, kept for a minute. That they cannot be had is nothing that a token could be blamed for. */
function keysAt(jwksUri: string): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(jwksUri), {
    cacheMaxAge: KEYS_LAST_MS,
    cooldownDuration: ASKS_AGAIN_AFTER_MS,
  });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      const ofTheToken = error instanceof errors.JWKSNoMatchingKey ||
        error instanceof errors.JWKSMultipleMatchingKeys;
      throw ofTheToken ? error : new Error("the keys cannot be had", { cause: error });
    }
  };
}

function refuse(status: number, error: string, headers: Record<string, string> = {}): Response {
  return Response.json({ error }, { status, headers: { "Cache-Control": "no-store", ...headers } });
}

// From here on it is your server. This one keeps parcels, of each person apart.
const parcels = new Map<string, string[]>();

const ROUTES: ReadonlyMap<string, Route> = new Map([
  ["GET", {
    scope: "parcel:read",
    answer: ({ subject }) => Response.json({ parcels: parcels.get(subject) ?? [] }),
  }],
  ["POST", {
    scope: "parcel:write",
    answer: ({ subject }) => {
      const parcel = crypto.randomUUID();
      parcels.set(subject, [...parcels.get(subject) ?? [], parcel]);
      return Response.json({ parcel }, { status: 201 });
    },
  }],
]);

if (import.meta.main) {
  const setting = (name: string): string => {
    const value = Deno.env.get(name);
    if (value === undefined) throw new Error(`${name} is missing`);
    return value;
  };
  const server = createServer({
    resource: setting("RESOURCE"),
    issuer: setting("ISSUER"),
    jwksUri: setting("JWKS_URI"),
    // deno-lint-ignore no-console
    report: (error) => console.error(error),
  });
  Deno.serve({ port: Number(Deno.env.get("PORT") ?? 8000), hostname: "localhost" }, server);
}
