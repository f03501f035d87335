/** `/mcp`: the gate, then the protocol, then the gate's word again if a tool found that the token had died. */
import { errorResponse, SAFE_HEADERS } from "../../_shared/http/respond.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";
import { authenticate, challenge } from "../access.ts";
import type { Deps } from "../deps.ts";
import { untilFirstChunk } from "../protocol/first_chunk.ts";
import { type BuildServer, buildServer, type Call, createProtocol } from "../protocol/mcp_server.ts";
import { DEFAULT_SCOPE } from "../protocol/scopes.ts";

/**
 * Answers MCP requests.
 *
 * @throws OAuthError `invalid_token`: answered with a challenge.
 */
export function createMcpEndpoint(
  deps: Deps,
  build: BuildServer = buildServer,
): (request: Request) => Promise<Response> {
  const protocol = createProtocol(deps, build);
  return async (request) => {
    const access = await authenticate(request, deps);
    const call: Call = { access, refusal: null, ran: 0 };
    const response = await untilFirstChunk(await protocol(request, call));
    if (call.refusal === null) return withSafeHeaders(response);
    await response.body?.cancel();
    throw call.refusal;
  };
}

/** With the headers of every other answer of ours; what the SDK says against caches and proxies stays. */
function withSafeHeaders(response: Response): Response {
  for (const [name, value] of Object.entries(SAFE_HEADERS)) response.headers.append(name, value);
  return response;
}

/** A refusal with the challenge that tells a client how to get a token (RFC 9728 §5.1). */
export function challengeResponse(error: OAuthError, deps: Deps): Response {
  if (error.code !== "invalid_token") return errorResponse(error);
  return errorResponse(error, {
    "WWW-Authenticate": challenge(
      error,
      deps.urls.resourceMetadata,
      DEFAULT_SCOPE,
    ),
  });
}
