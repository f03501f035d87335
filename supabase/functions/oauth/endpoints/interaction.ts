/**
 * `GET` and `POST /oauth/interaction/<id>`: what the consent page shows and what the person decided. The caller is a
 * Supabase session as Bearer; cookies are never looked at. What is granted comes from the recorded request, narrowed by
 * the decision, never from the form.
 */
import { z } from "zod";
import { isTrustedDocument, provedHost } from "../../_shared/client_identity.ts";
import type { Interaction, InteractionDecided } from "../../_shared/contract/interaction.ts";
import { readJson } from "../../_shared/http/read_body.ts";
import { json } from "../../_shared/http/respond.ts";
import { loginRequired, signedIn } from "../../_shared/http/signed_in.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";
import { isPlainText } from "../../_shared/plain_text.ts";
import { isLoopback } from "../../_shared/public_urls.ts";
import { describeRedirectHost } from "../clients/redirect_uri.ts";
import type { DecideAuthorizationRequestOutcome, Deps, RequestRefusal } from "../deps.ts";
import { hashPresented, newSecret } from "../tokens/secrets.ts";
import { MOST_BODY_BYTES } from "./parameters.ts";

const decisionBody = z.object({
  decision: z.enum(["approve", "deny"]),
  scopes: z.array(z.string().max(200).refine(isPlainText)).max(200).default([]),
  authorization_details: z.array(z.strictObject({
    type: z.string().max(100).refine(isPlainText),
    actions: z.array(z.string().max(100).refine(isPlainText)).max(20),
    maxAmount: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
    currency: z.string().max(3).refine(isPlainText),
  })).max(10).optional(),
});

/** Answers what the request asks for, to the person who is to decide. */
export async function showInteraction(id: string, request: Request, deps: Deps): Promise<Response> {
  const { person, idHash } = await identify(id, request, deps);
  const found = await deps.store.findAuthorizationRequest(idHash, person.id);
  if (found.outcome !== "found") throw refusal(found.outcome);
  const verified = found.client.verified ||
    isTrustedDocument(found.client.id, deps.settings.trustedClientHosts);
  const interaction: Interaction = {
    client: {
      id: found.client.id,
      name: found.client.name,
      host: provedHost(found.client),
      verified,
      borrowed_name: found.client.nameIsBorrowed && !verified,
    },
    redirect_host: describeRedirectHost(found.redirectUri),
    loopback: isLoopback(found.redirectUri),
    resource: found.resource,
    scopes: found.scope.map((name) => {
      const known = found.resourceScopes.find((scope) => scope.name === name);
      return {
        name,
        description: known?.description ?? { en: name, ja: name },
        tools: known?.tools ?? [],
        earlier: found.earlierScope.includes(name),
        limited_by: known?.detail?.type ?? null,
      };
    }),
    authorization_details: found.authorizationDetails,
    user: person,
  };
  return json(interaction);
}

/** Records the decision, once, and answers where the browser must go to carry it out. */
export async function decideInteraction(id: string, request: Request, deps: Deps): Promise<Response> {
  const { person, idHash } = await identify(id, request, deps);
  const body = decisionBody.safeParse(await readJson(request, MOST_BODY_BYTES));
  if (!body.success) {
    throw new OAuthError("invalid_request", "The decision is malformed.", "decision_malformed");
  }
  const secret = await newSecret(deps);
  const { outcome } = await deps.store.decideAuthorizationRequest({
    idHash,
    personId: person.id,
    decision: body.data.decision,
    scope: body.data.scopes,
    authorizationDetails: body.data.authorization_details ?? null,
    continueSecretHash: secret.hash,
  });
  if (outcome !== "decided") throw refusal(outcome);
  const decided: InteractionDecided = { continue_to: `${deps.urls.continue}${secret.value}` };
  return json(decided);
}

async function identify(id: string, request: Request, deps: Deps) {
  const person = await signedIn(request, deps.people);
  const idHash = await hashPresented(id);
  if (idHash === null) throw refusal("not_found");
  return { person, idHash };
}

function refusal(
  outcome: RequestRefusal | Exclude<DecideAuthorizationRequestOutcome["outcome"], "decided">,
): OAuthError {
  switch (outcome) {
    case "not_found":
      return new OAuthError("not_found", "There is no such authorization request.", "request_not_found");
    case "already_decided":
      return new OAuthError(
        "already_decided",
        "This authorization request was already decided.",
        "request_decided",
      );
    case "expired":
      return new OAuthError("request_expired", "This authorization request is too old.", "request_expired");
    case "person_inactive":
      return loginRequired("person_inactive");
    case "scope_empty":
      return new OAuthError("invalid_scope", "Approve at least one scope, or deny.", "scope_empty");
    case "scope_not_requested":
      return new OAuthError(
        "invalid_scope",
        "A scope was approved that was not asked for.",
        "scope_not_requested",
      );
    case "details_not_requested":
      return new OAuthError(
        "invalid_authorization_details",
        "More was approved than was asked for.",
        "details_not_requested",
      );
  }
}
