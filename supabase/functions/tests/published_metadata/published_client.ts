/**
 * What a real MCP client says of itself, as somebody saw it: bodies of registration requests (RFC 7591 §3.1) and client ID
 * metadata documents. Members are quoted, never guessed; where a source quotes only some of them, only those are here.
 */

/** Where it was seen, and when. */
export interface Evidence {
  readonly source: `https://${string}`;
  /** The day on which it was so. */
  readonly date: `20${number}-${string}-${string}`;
}

export interface PublishedMetadata extends Evidence {
  readonly metadata: Readonly<Record<string, unknown>> & { readonly redirect_uris: readonly string[] };
  /** Redirect URIs that it sent to an authorization server, where they are not in its list. */
  readonly sent?: readonly (Evidence & { readonly redirectUri: string })[];
}

export interface PublishedDocument extends PublishedMetadata {
  readonly metadata: PublishedMetadata["metadata"] & {
    readonly client_id: string;
    readonly client_name: string;
  };
}

export interface PublishedClient {
  readonly name: string;
  readonly registrations: readonly PublishedMetadata[];
  readonly documents: readonly PublishedDocument[];
}
