/** How much of something may happen in an hour (ADR 0021): types only. */

/** What an operation answers when there was enough of it in this hour. It has done nothing. */
export interface Limited {
  readonly outcome: "limited";
  readonly retryAfterSeconds: number;
}

/** Of everybody at an address, or in a /64. */
export interface AddressLimit {
  readonly address: string;
  /** 0 for no limit. */
  readonly perHour: number;
}

export interface SubjectLimit {
  readonly subject: string;
  /** 0 for no limit. */
  readonly perHour: number;
}

/** A document that somebody's request makes the server fetch. */
export interface DocumentRequest extends AddressLimit {
  /** Its URL, for the audit trail. */
  readonly clientId: string;
}

/** A request that was refused. */
export interface Refusal extends AddressLimit {
  /** Of request: a grant type, or an endpoint. Each kind has a count of its own. */
  readonly kind: string;
  /** Whose it claims to be; null when it did not say. Those of no client share one count. */
  readonly clientId: string | null;
}

export interface LimitOperations {
  /** Counts a refusal, of a client from an address. */
  leaseRefusal(refusal: Refusal): Promise<{ outcome: "counted" } | Limited>;
  /** Counts a fetch of a client's document, for an address. */
  leaseDocument(document: DocumentRequest): Promise<{ outcome: "counted" } | Limited>;
}
