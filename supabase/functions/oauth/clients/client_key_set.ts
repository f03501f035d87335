/**
 * The keys of a client at this moment. Those at a `jwks_uri` are read through the one way out, kept for as long as they are
 * fresh, used for a day when they cannot be read again, and asked for again when a signature names a key that is not
 * among them (key rotation). Once a minute at the most, and ten seconds after they could not be read: nobody can make this
 * server knock on others' doors, and a door that stays shut holds up one request and not all.
 */
import type { JWK } from "jose";
import { OAuthError } from "../../_shared/oauth_error.ts";
import type { Client, Deps } from "../deps.ts";
import { keysForHeader, parseClientKeys } from "./client_keys.ts";
import { invalidClient } from "./invalid_client.ts";

/**
 * @param header What the signature says of its key: decides whether the kept keys can do.
 * @throws OAuthError `temporarily_unavailable` when there are no keys and none can be read.
 */
export async function currentClientKeys(
  client: Client,
  header: { readonly alg?: string | undefined; readonly kid?: unknown },
  deps: Pick<Deps, "store" | "documents">,
): Promise<readonly JWK[]> {
  const { keys } = client;
  if (keys === null) return [];
  const suffices = keys.isFresh && keysForHeader(keys.list, header).length > 0;
  if (keys.uri === null || suffices) return keys.list;

  if (keys.mayBeAskedFor) {
    const place = { id: client.id, jwksUri: keys.uri };
    const read = await readKeys(keys.uri, deps);
    if (read !== null) {
      const outcome = await deps.store.recordClientKeys({ ...place, ...read });
      if (outcome === "client_changed") throw invalidClient("client_changed");
      return read.jwks;
    }
    await deps.store.recordUnreadClientKeys(place);
  }
  if (keys.isUsable) return keys.list;
  throw new OAuthError(
    "temporarily_unavailable",
    "The client's keys cannot be read right now. Try again.",
    "client_keys_unreadable",
  );
}

async function readKeys(uri: string, { documents }: Pick<Deps, "documents">) {
  const fetched = await documents.fetch(uri, "keys");
  if (fetched.outcome === "failed") return null;
  const jwks = parseClientKeys(fetched.document);
  return jwks === null ? null : { jwks, freshSeconds: fetched.freshSeconds };
}
