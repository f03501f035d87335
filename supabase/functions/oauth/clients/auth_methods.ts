/**
 * How clients authenticate at the token endpoint: the registry that metadata, registration, documents and the endpoint
 * read (RFC 6749 §2.3, RFC 7591 §2 `token_endpoint_auth_method`).
 */
import type { TokenEndpointAuthMethod } from "../deps.ts";

/** Every method, in the order in which metadata lists them. */
export const AUTH_METHODS = [
  "none",
  "private_key_jwt",
  "client_secret_basic",
  "client_secret_post",
] as const satisfies readonly [
  TokenEndpointAuthMethod,
  ...TokenEndpointAuthMethod[],
];

/** The method of a client that names none (RFC 7591 §2). */
export const DEFAULT_AUTH_METHOD: TokenEndpointAuthMethod = "client_secret_basic";

/** Methods that need no secret which both sides know: all that a public document can offer (CIMD draft §4.1). */
export const DOCUMENT_AUTH_METHODS = [
  "private_key_jwt",
  "none",
] as const satisfies readonly TokenEndpointAuthMethod[];

/** How a client's assertion may be signed: asymmetric only. `Ed25519` is what RFC 9864 calls `EdDSA` with that curve. */
export const ASSERTION_ALGORITHMS = ["ES256", "RS256", "EdDSA", "Ed25519"] as const;
