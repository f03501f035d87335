/**
 * `authorization_details` (RFC 9396 §5): elements of types that the resource has, each type once, with nothing in them that
 * would be ignored. What is left out is completed from the resource; the person sees every element, and may narrow it.
 */
import { z } from "zod";
import { OAuthError } from "../../_shared/oauth_error.ts";
import type { AuthorizationDetail, ResourceScope } from "../deps.ts";
import { normalizeResource } from "../tokens/resource.ts";
import { type Check, established } from "./attempt.ts";

/** A bound before any parsing. */
const MOST_CHARACTERS = 4000;
/** Amounts of money in minor units: far below what JSON numbers cannot hold exactly. */
const MOST_AMOUNT = 1e12;

const elements = z.array(
  z.strictObject({
    type: z.string().max(100),
    actions: z.array(z.string().max(100)).min(1).max(20).optional(),
    maxAmount: z.number().int().min(0).max(MOST_AMOUNT).optional(),
    currency: z.string().regex(/^[A-Z]{3}$/).optional(),
    locations: z.array(z.string().max(2000)).min(1).max(10).optional(),
  }),
).min(1).max(10);

export const checkAuthorizationDetails: Check = (attempt) => {
  const sent = attempt.parameters.get("authorization_details");
  const resource = established(attempt.resource);
  if (sent === undefined) {
    attempt.authorizationDetails = [];
    return;
  }
  if (sent.length > MOST_CHARACTERS) throw invalidDetails("details_too_long");
  const parsed = elements.safeParse(parseJson(sent));
  if (!parsed.success) throw invalidDetails("details_malformed");
  const types = parsed.data.map(({ type }) => type);
  if (new Set(types).size < types.length) throw invalidDetails("details_type_repeated");
  attempt.authorizationDetails = parsed.data.map((asked) =>
    complete(asked, resource.identifier, resource.scopes)
  );
};

/** The refusal of details: one text for every cause (RFC 9396 §5). */
function invalidDetails(reason: string): OAuthError {
  return new OAuthError(
    "invalid_authorization_details",
    "The authorization details are malformed, or ask for what does not exist at this resource.",
    reason,
  );
}

function complete(
  { type, actions, maxAmount, currency, locations }: z.infer<typeof elements>[number],
  resource: string,
  scopes: readonly ResourceScope[],
): AuthorizationDetail {
  const known = scopes.find((scope) => scope.detail?.type === type)?.detail;
  if (known === undefined) throw invalidDetails("details_type_unknown");
  if (actions?.some((action) => !known.actions.includes(action))) {
    throw invalidDetails("details_action_unknown");
  }
  // A token is good at one resource: a detail for another would be one for nothing.
  if (locations?.some((location) => normalizeResource(location) !== resource)) {
    throw invalidDetails("details_location");
  }
  // An amount by default is one in the currency by default.
  if (maxAmount === undefined && currency !== undefined && currency !== known.currency) {
    throw invalidDetails("details_amount_missing");
  }
  return {
    type,
    actions: [...new Set(actions ?? known.actions)],
    maxAmount: maxAmount ?? known.maxAmount,
    currency: currency ?? known.currency,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
