/**
 * A failure in one line that a person can act on. Server texts come last and short; what an unproven server says in the
 * place of an answer is never shown (RFC 9207 §2.4), nor is a raw body, which could hold anything.
 */
import {
  AuthorizationServerMismatchError,
  IssuerMismatchError,
  OAuthError,
  ProtocolError,
  RegistrationRejectedError,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
  UnauthorizedError,
} from "@modelcontextprotocol/client";
import { ClientError } from "./client_error.ts";

/** @param mcpUrl the server that was spoken to */
export function describeFailure(error: unknown, mcpUrl: string): string {
  if (error instanceof ClientError) return error.message;
  if (error instanceof IssuerMismatchError) {
    return error.kind === "metadata"
      ? "The authorization server gives itself another name than its address: not signed in."
      : "The answer came from another authorization server: not signed in.";
  }
  if (error instanceof AuthorizationServerMismatchError) {
    return "The server now uses another authorization server: what is known here stays with the earlier one.";
  }
  if (error instanceof RegistrationRejectedError) return describeRegistration(error);
  if (error instanceof OAuthError) return describeOAuthError(error);
  if (error instanceof ProtocolError) return `The server refuses: ${error.message}`;
  if (error instanceof SdkHttpError) return describeStatus(error.status, mcpUrl);
  if (error instanceof UnauthorizedError) return "Not signed in.";
  if (error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout) {
    return `${mcpUrl} does not answer.`;
  }
  if (isUnreachable(error)) return `${mcpUrl} cannot be reached. Is the server running?`;
  if (error instanceof SdkError && error.code === SdkErrorCode.EraNegotiationFailed) return noServer(mcpUrl);
  if (error instanceof SyntaxError || (error instanceof Error && error.name.endsWith("ZodError"))) {
    return "The server answers in a form that nobody expects there.";
  }
  const message = error instanceof Error ? error.message : "unknown error";
  // The SDK has no class for it (RFC 9728 §3.3).
  const [, name] = /^Protected resource (\S+) does not match expected /.exec(message) ?? [];
  if (name !== undefined) return `The server's own address is another. Use it as it is: ${name}`;
  return `It failed: ${message}`;
}

function describeOAuthError(error: OAuthError): string {
  switch (error.code) {
    case "access_denied":
      return "Access was denied.";
    case "server_error":
      return "The authorization server failed.";
    default:
      return `The authorization server refuses (${error.code}): ${error.message}`;
  }
}

function describeRegistration({ status, body }: RegistrationRejectedError): string {
  let description: unknown;
  try {
    description = JSON.parse(body)?.error_description;
  } catch {
    // It said nothing that can be shown.
  }
  const why = typeof description === "string" ? `: ${description}` : ".";
  return `The authorization server does not register this client (HTTP ${status})${why}`;
}

function describeStatus(status: number | undefined, mcpUrl: string): string {
  switch (status) {
    case 401:
      return "The server refuses the token that was issued for it.";
    case 403:
      return "The server forbids this.";
    case 413:
      return "The server does not take so large an input.";
    case 429:
      return "Too many requests. Try again later.";
    default:
      return status !== undefined && status >= 500 ? `The server failed (HTTP ${status}).` : noServer(mcpUrl);
  }
}

function noServer(mcpUrl: string): string {
  return `There is no MCP server at ${mcpUrl}.`;
}

/** fetch says so with a TypeError, which the SDK may wrap. */
function isUnreachable(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof TypeError) return true;
  }
  return false;
}
