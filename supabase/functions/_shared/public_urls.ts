/**
 * Every URL that the world sees, derived from PUBLIC_URL as plain strings.
 *
 * Never through `new URL(x).href`: it adds slashes, and clients compare issuers byte for byte (RFC 9207 §2.4,
 * RFC 8414 §3.3).
 */

export interface PublicUrls {
  /** Issuer identifier (RFC 8414 §2): no trailing slash, ever. */
  readonly issuer: string;
  /** The MCP server as a protected resource (RFC 8707 §2, RFC 9728 §1.2). */
  readonly resource: string;
  /** Where the protected resource's metadata is announced to be (RFC 9728 §3.1). */
  readonly resourceMetadata: string;
  readonly authorize: string;
  readonly token: string;
  readonly register: string;
  readonly revoke: string;
  readonly introspect: string;
  readonly jwks: string;
  /** Prefix of the address that a browser takes its decision to: the secret follows. */
  readonly continue: string;
  /** True for a PUBLIC_URL with a path: nothing at the root of the host is ours. */
  readonly bareHost: boolean;
}

/** The URLs of a server at this PUBLIC_URL (no trailing slash). */
export function publicUrls(publicUrl: string): PublicUrls {
  const origin = originOf(publicUrl);
  const bareHost = origin !== publicUrl;
  return {
    issuer: bareHost ? `${publicUrl}/oauth` : publicUrl,
    resource: `${publicUrl}/mcp`,
    resourceMetadata: bareHost
      ? `${publicUrl}/mcp/.well-known/oauth-protected-resource`
      : `${publicUrl}/.well-known/oauth-protected-resource/mcp`,
    authorize: `${publicUrl}/oauth/authorize`,
    token: `${publicUrl}/oauth/token`,
    register: `${publicUrl}/oauth/register`,
    revoke: `${publicUrl}/oauth/revoke`,
    introspect: `${publicUrl}/oauth/introspect`,
    jwks: `${publicUrl}/oauth/jwks`,
    continue: `${publicUrl}/oauth/continue/`,
    bareHost,
  };
}

/** Scheme and authority of an http(s) URL as written: what an `Origin` header is compared with (RFC 6454 §6.1). */
export function originOf(url: string): string {
  return /^https?:\/\/[^/?#]+/.exec(url)?.[0] ?? "";
}

/** True for `http://localhost`, `http://127.0.0.1` and `http://[::1]`, with any port: this computer. */
export function isLoopback(url: string): boolean {
  return /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?([/?#]|$)/.test(url);
}
