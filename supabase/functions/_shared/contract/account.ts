/**
 * What the account page and `/api/*` say to each other.
 *
 * Types only: this file is imported by `web/` and must never hold code, secrets or imports of either.
 */
import type { LocalizedText } from "./interaction.ts";

/** An app that holds something of the person which can still be used. Instants as ISO 8601 in UTC. */
export interface ConnectedApp {
  readonly client: {
    readonly id: string;
    readonly name: string;
    /** Host of the client's own page where that is known to be true, otherwise null. */
    readonly host: string | null;
    readonly verified: boolean;
  };
  /** True while the operator keeps it out: it holds something and cannot use it. */
  readonly blocked: boolean;
  readonly since: string;
  /** When it last got a token. */
  readonly last_used_at: string;
  /** What it may do, by resource. */
  readonly access: readonly {
    readonly resource: string;
    readonly scopes: readonly { readonly name: string; readonly description: LocalizedText }[];
  }[];
}

/** Answer of `GET /api/apps`. `DELETE /api/apps/<client id>` answers 204, also for an app that is not connected. */
export interface ConnectedApps {
  readonly apps: readonly ConnectedApp[];
}

/** One event of the audit trail (docs/adr/0020) that names the person. */
export interface Activity {
  readonly at: string;
  readonly event: string;
  /** An API key stands here as a client does. Without a name where the client does not exist any more. */
  readonly client: { readonly id: string; readonly name: string | null } | null;
  readonly resource: string | null;
  /** Why tokens were revoked. */
  readonly because: string | null;
  readonly scope: readonly string[];
  /** Network that the request came from: of the person, or of the app's server. */
  readonly address_prefix: string | null;
}

/** Answer of `GET /api/activity[?before=<next>]`, newest first. `POST /api/sign-out` answers 204. */
export interface ActivityPage {
  readonly events: readonly Activity[];
  /** Where the next page begins, or null when there is none. */
  readonly next: string | null;
}

/** An API key that is alive. The key itself is told once, when it is made. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly resource: string;
  readonly scopes: readonly string[];
  readonly created_at: string;
  readonly expires_at: string;
  /** To the minute. Null before the first use. */
  readonly last_used_at: string | null;
}

/** Answer of `GET /api/keys`: the person's keys, and what a new one may be for, the usual resource first. */
export interface ApiKeys {
  readonly keys: readonly ApiKey[];
  readonly resources: readonly {
    readonly resource: string;
    readonly name: string;
    readonly scopes: readonly { readonly name: string; readonly description: LocalizedText }[];
  }[];
}

/** Body of `POST /api/keys`. */
export interface NewApiKey {
  /** 1 to 60 characters, on one line. */
  readonly name: string;
  /** The usual one when left out. */
  readonly resource?: string;
  /** At least one, each of the resource. */
  readonly scopes: readonly string[];
  /** 1 to 366. */
  readonly days: number;
}

/** Answer of `POST /api/keys`, 201. `DELETE /api/keys/<id>` answers 204, also for a key that is not there. */
export interface MadeApiKey {
  readonly id: string;
  /** For the `X-API-Key` header. Told here and never again. */
  readonly key: string;
}
