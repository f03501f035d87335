/** `GET /api/apps` and `DELETE /api/apps/<client id>`: what a person is connected with, and the end of it. */
import { isTrustedDocument, provedHost } from "../../_shared/client_identity.ts";
import type { ConnectedApp, ConnectedApps } from "../../_shared/contract/account.ts";
import { json, noContent } from "../../_shared/http/respond.ts";
import { signedIn } from "../../_shared/http/signed_in.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";
import { isPlainText } from "../../_shared/plain_text.ts";
import type { Deps, HeldByApp } from "../deps.ts";

/** Answers every app that holds something of the person. */
export async function showApps(request: Request, deps: Deps): Promise<Response> {
  const person = await signedIn(request, deps.people);
  const held = await deps.store.listConnectedApps(person.id);
  const answer: ConnectedApps = { apps: held.map((app) => describe(app, deps.settings.trustedClientHosts)) };
  return json(answer);
}

/**
 * Ends everything that this client holds of the person. Again, or for an app that is not connected, it answers the same:
 * what there is to know is in the list.
 */
export async function disconnectApp(clientId: string, request: Request, deps: Deps): Promise<Response> {
  const person = await signedIn(request, deps.people);
  if (clientId.length > 500 || !isPlainText(clientId)) {
    throw new OAuthError("invalid_request", "This is no client's id.", "client_id_malformed");
  }
  await deps.store.disconnectApp(person.id, clientId);
  return noContent();
}

function describe(
  { client, blocked, since, lastUsedAt, access }: HeldByApp,
  trustedHosts: readonly string[],
): ConnectedApp {
  return {
    client: {
      id: client.id,
      name: client.name,
      host: provedHost(client),
      verified: client.verified || isTrustedDocument(client.id, trustedHosts),
    },
    blocked,
    since: since.toISOString(),
    last_used_at: lastUsedAt.toISOString(),
    access: access.map(({ resource, scope, resourceScopes }) => ({
      resource,
      // In the order of the resource; what it no longer offers comes last, under its name.
      scopes: [
        ...resourceScopes.filter(({ name }) => scope.includes(name)).map(({ name, description }) => ({
          name,
          description,
        })),
        ...scope.filter((name) => !resourceScopes.some((known) => known.name === name)).map((name) => ({
          name,
          description: { en: name, ja: name },
        })),
      ],
    })),
  };
}
