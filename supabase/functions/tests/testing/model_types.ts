/** What the model of the token's life remembers and is asked. Hashes are hex, instants are seconds of its own clock. */

export interface ModelClient {
  readonly id: string;
  readonly secretHash: string | null;
  readonly refreshable: boolean;
  blocked: boolean;
}
export interface ModelPerson {
  readonly id: string;
  erased: boolean;
  deleted: boolean;
  bannedUntil: number;
}
export interface Generation {
  readonly hash: string;
  readonly expiresAt: number;
  sealed: string | null;
  replayUntil: number;
  replays: number;
  purged: boolean;
}
export interface Family {
  readonly client: ModelClient;
  readonly person: ModelPerson;
  readonly scope: readonly string[];
  readonly generations: Generation[];
  accessTokens: { readonly jti: string; readonly scope: readonly string[]; readonly expiresAt: number }[];
  expiresAt: number;
  revokedBecause: string | null;
  purged: boolean;
}
export interface Code {
  readonly hash: string;
  readonly client: ModelClient;
  readonly person: ModelPerson;
  readonly scope: readonly string[];
  readonly redirectUri: string;
  readonly challenge: string;
  readonly expiresAt: number;
  usedAt: number | null;
  family: Family | null;
  purged: boolean;
}

/** Whoever asks: a client and the secret it shows. */
export interface Asking {
  readonly client: ModelClient;
  readonly secretHash: string | null;
  readonly resource: string | null;
  readonly replaySeconds: number;
  readonly jti: string;
}
export interface Redeeming extends Asking {
  readonly hash: string;
  readonly redirectUri: string | null;
  readonly challenge: string;
  readonly refreshHash: string;
}
export interface Refreshing extends Asking {
  readonly hash: string;
  readonly scope: readonly string[] | null;
  readonly successorHash: string;
  readonly sealed: string;
}

/** An outcome of the store, without the instant. */
export interface Predicted {
  readonly outcome: string;
  readonly issued?: {
    personId: string;
    resource: string;
    scope: readonly string[];
    authorizationDetails: readonly [];
    kid: string;
  };
  readonly refreshable?: boolean;
  readonly sealedSuccessor?: string;
}
