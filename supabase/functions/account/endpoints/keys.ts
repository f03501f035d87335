/**
 * `GET` and `POST /api/keys`, `DELETE /api/keys/<id>`: a person's API keys, for callers that cannot do OAuth. A key leaves
 * this function once, in the answer that makes it; what is kept is its hash.
 */
import { z } from "zod";
import type { ApiKey, ApiKeys, MadeApiKey } from "../../_shared/contract/account.ts";
import { sha256, toBase64Url } from "../../_shared/encoding.ts";
import { readJson } from "../../_shared/http/read_body.ts";
import { json, noContent } from "../../_shared/http/respond.ts";
import { signedIn } from "../../_shared/http/signed_in.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";
import type { Deps, OwnApiKey } from "../deps.ts";

const MOST_BODY_BYTES = 16 * 1024;

const newKey = z.object({
  name: z.string().trim().min(1).max(60).regex(/^\P{Cc}*$/u),
  resource: z.string().max(500).regex(/^\P{Cc}*$/u).nullable().default(null),
  scopes: z.array(z.string().max(100).regex(/^[\x21-\x7e]+$/)).min(1).max(100),
  days: z.int().min(1).max(366),
});

/** Answers the person's keys, and what a new one may be for. */
export async function showApiKeys(request: Request, { people, store }: Deps): Promise<Response> {
  const person = await signedIn(request, people);
  const [keys, resources] = await Promise.all([store.listApiKeys(person.id), store.listResources(person.id)]);
  const answer: ApiKeys = { keys: keys.map(describe), resources };
  return json(answer);
}

/**
 * Makes a key and tells it.
 *
 * @throws OAuthError `invalid_request`, `invalid_target`, `invalid_scope`, `key_limit_reached`.
 */
export async function createApiKey(request: Request, { people, store, random }: Deps): Promise<Response> {
  const person = await signedIn(request, people);
  const asked = newKey.safeParse(await readJson(request, MOST_BODY_BYTES));
  if (!asked.success) {
    const use = "A key has a name of up to 60 characters, at least one scope, and 1 to 366 days.";
    throw new OAuthError("invalid_request", use, "key_malformed");
  }
  const { name, resource, scopes, days } = asked.data;
  const key = `sekisho_${toBase64Url(random(32))}`;
  const id = `key_${toBase64Url(random(16))}`;
  const scope = [...new Set(scopes)];
  const made = await store.createApiKey(person.id, {
    id,
    keyHash: await sha256(key),
    name,
    resource,
    scope,
    days,
  });
  switch (made.outcome) {
    case "created": {
      const answer: MadeApiKey = { id, key };
      return json(answer, 201);
    }
    case "resource_unknown":
      throw new OAuthError("invalid_target", "There is no such resource.", made.outcome);
    case "scope_unknown":
      throw new OAuthError("invalid_scope", "The resource has no such scope.", made.outcome);
    case "too_many":
      throw new OAuthError("key_limit_reached", "Revoke a key first: 20 are the most.", made.outcome);
  }
}

/** Ends a key. Again, or for a key that is not the person's, it answers the same. */
export async function revokeApiKey(id: string, request: Request, { people, store }: Deps): Promise<Response> {
  const person = await signedIn(request, people);
  if (!/^key_[A-Za-z0-9_-]{22}$/.test(id)) {
    throw new OAuthError("invalid_request", "This is no key's id.", "key_id_malformed");
  }
  await store.revokeApiKey(person.id, id);
  return noContent();
}

function describe({ id, name, resource, scope, createdAt, expiresAt, lastUsedAt }: OwnApiKey): ApiKey {
  return {
    id,
    name,
    resource,
    scopes: scope,
    created_at: createdAt.toISOString(),
    expires_at: expiresAt.toISOString(),
    last_used_at: lastUsedAt?.toISOString() ?? null,
  };
}
