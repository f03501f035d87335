/**
 * What the consent page and `/oauth/interaction/<id>` say to each other.
 *
 * Types only: this file is imported by `web/` and must never hold code, secrets or imports of either.
 */

/** A sentence in every language the pages speak. */
export interface LocalizedText {
  readonly en: string;
  readonly ja: string;
}

/**
 * What limits a scope (RFC 9396): which actions, and how much in all. Amounts in minor units of the currency (ISO 4217).
 */
export interface AuthorizationDetail {
  readonly type: string;
  readonly actions: readonly string[];
  readonly maxAmount: number;
  readonly currency: string;
}

/** One scope that the client asks for, as the consent page shows it. */
export interface InteractionScope {
  readonly name: string;
  readonly description: LocalizedText;
  /** Names of the tools that this scope opens. */
  readonly tools: readonly string[];
  /** True when this person gave this scope to this client before. */
  readonly earlier: boolean;
  /** Type of the element of `authorization_details` that limits this scope, if there is one. */
  readonly limited_by: string | null;
}

/** Answer of `GET /oauth/interaction/<id>`. */
export interface Interaction {
  readonly client: {
    readonly id: string;
    readonly name: string;
    /** Host of the client's own page where that is known to be true, otherwise null. */
    readonly host: string | null;
    readonly verified: boolean;
    /** True when it is called like a well-known app, and the answer goes to somebody else's web address. */
    readonly borrowed_name: boolean;
  };
  /** Where the browser is sent after the decision. Always shown in plain sight. */
  readonly redirect_host: string;
  /** True when that host is this computer. */
  readonly loopback: boolean;
  /** The resource identifier that the token will be bound to. */
  readonly resource: string;
  readonly scopes: readonly InteractionScope[];
  readonly authorization_details: readonly AuthorizationDetail[];
  readonly user: { readonly id: string; readonly email: string | null; readonly name: string | null };
}

/** Body of `POST /oauth/interaction/<id>`. */
export interface InteractionDecision {
  readonly decision: "approve" | "deny";
  readonly scopes: readonly string[];
  /** Each as asked or narrower; without it, as asked. */
  readonly authorization_details?: readonly AuthorizationDetail[];
}

/** Answer of `POST /oauth/interaction/<id>`. */
export interface InteractionDecided {
  /** Absolute. The browser must navigate there: it is single-use and bound to the browser. */
  readonly continue_to: string;
}

/** Body of every refusal: RFC 6749 §5.2 shape, fixed texts. */
export interface InteractionRefusal {
  readonly error: string;
  readonly error_description: string;
}
