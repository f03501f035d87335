/** Failures as people read them: one line each, and nothing of an answer that was not proven to be the server's. */
import assert from "node:assert/strict";
import {
  IssuerMismatchError,
  OAuthError,
  ProtocolError,
  RegistrationRejectedError,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
} from "@modelcontextprotocol/client";
import { ClientError } from "./client_error.ts";
import { describeFailure } from "./describe_failure.ts";

const URL = "https://mcp.example/mcp";

function http(status: number): SdkHttpError {
  return new SdkHttpError(SdkErrorCode.ClientHttpNotImplemented, "Error POSTing to endpoint: secret", {
    status,
    statusText: "",
  });
}

function rejected(body: string): RegistrationRejectedError {
  return new RegistrationRejectedError({ status: 400, body, submittedMetadata: { redirect_uris: [] } });
}

const unreachable = new TypeError("error sending request");
const wrapped = new SdkError(SdkErrorCode.EraNegotiationFailed, "probe failed", undefined, {
  cause: unreachable,
});

const LINES: readonly (readonly [error: unknown, line: RegExp])[] = [
  [new ClientError("as it is"), /^as it is$/],
  [unreachable, /^https:\/\/mcp\.example\/mcp cannot be reached/],
  [wrapped, /cannot be reached/],
  [new SdkError(SdkErrorCode.EraNegotiationFailed, "probe failed"), /^There is no MCP server at/],
  [new SdkError(SdkErrorCode.RequestTimeout, "timed out"), /does not answer\.$/],
  [http(404), /^There is no MCP server at/],
  [http(302), /^There is no MCP server at/],
  [http(401), /refuses the token/],
  [http(413), /^The server does not take so large an input\.$/],
  [http(429), /^Too many requests/],
  [http(503), /^The server failed \(HTTP 503\)\.$/],
  [new ProtocolError(-32602, "Tool x not found"), /Tool x not found/],
  [new OAuthError("access_denied", "secret"), /^Access was denied\.$/],
  [new OAuthError("server_error", "Raw body: secret"), /^The authorization server failed\.$/],
  [new OAuthError("invalid_scope", "The scope is wrong."), /\(invalid_scope\): The scope is wrong\.$/],
  [new IssuerMismatchError("authorization_response", URL, "secret"), /^The answer came from another/],
  [new IssuerMismatchError("metadata", URL, "secret"), /^The authorization server gives itself another name/],
  [rejected('{"error":"x","error_description":"Not today."}'), /\(HTTP 400\): Not today\.$/],
  [rejected("<p>secret"), /\(HTTP 400\)\.$/],
  [rejected("null"), /\(HTTP 400\)\.$/],
  [new SyntaxError("Unexpected token 'secret'"), /^The server answers in a form/],
  [
    new Error(
      "Protected resource http://localhost:1/mcp does not match expected http://127.0.0.1:1/mcp (or origin)",
    ),
    /^The server's own address is another\. Use it as it is: http:\/\/localhost:1\/mcp$/,
  ],
  [new Error("Something else"), /^It failed: Something else$/],
  ["secret", /^It failed: unknown error$/],
];

for (const [error, line] of LINES) {
  Deno.test(`describeFailure answers ${line} for ${name(error)}`, () => {
    const text = describeFailure(error, URL);
    assert.match(text, line);
    assert.doesNotMatch(text, /secret/);
  });
}

function name(error: unknown): string {
  if (error instanceof SdkHttpError) return `HTTP ${error.status}`;
  if (error instanceof OAuthError || error instanceof SdkError) return `${error.name} ${error.code}`;
  return error instanceof Error ? error.name : typeof error;
}
