/** Whose request it is that something is recorded for: what the audit trail says of it (docs/adr/0020). */

export interface RequestOrigin {
  /** As in the answer's `X-Request-Id` and in the log. Null for what the server does on its own account. */
  readonly requestId: string | null;
  /** As `requestOrigin` reads it: the database keeps a shorter prefix only. Null for what no request caused. */
  readonly address: string | null;
}

/** Of what no request caused. */
export const NO_REQUEST: RequestOrigin = { requestId: null, address: null };
