/**
 * How clients authenticate at the token endpoint: the registry that metadata, registration and the endpoint read
 * (RFC 6749 §2.3, RFC 7591 §2 `token_endpoint_auth_method`).
 */
import type { TokenEndpointAuthMethod } from "../deps.ts";

/** Every method, in the order in which metadata lists them. */
export const AUTH_METHODS = [
  "none",
  "client_secret_basic",
  "client_secret_post",
] as const satisfies readonly [
  TokenEndpointAuthMethod,
  ...TokenEndpointAuthMethod[],
];

/** The method of a client that names none (RFC 7591 §2). */
export const DEFAULT_AUTH_METHOD: TokenEndpointAuthMethod = "client_secret_basic";
