/** `GET /api/activity[?before=<next>]`: what the audit trail tells of a person, to that person, newest first. */
import type { Activity, ActivityPage } from "../../_shared/contract/account.ts";
import { json } from "../../_shared/http/respond.ts";
import { signedIn } from "../../_shared/http/signed_in.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";
import type { Deps, OwnEvent } from "../deps.ts";

/** Events of a page. A few more where several share the last instant. */
const PAGE = 30;

/** Answers a page, and where the next one begins. */
export async function showActivity(request: Request, deps: Deps): Promise<Response> {
  const person = await signedIn(request, deps.people);
  const events = await deps.store.listActivity(person.id, readCursor(request), PAGE);
  const answer: ActivityPage = {
    events: events.map(describe),
    next: events.length < PAGE ? null : events.at(-1)?.at ?? null,
  };
  return json(answer);
}

/** An instant, and nothing that could name a row of somebody else. */
function readCursor(request: Request): string | null {
  const [before, ...more] = new URL(request.url).searchParams.getAll("before");
  if (before === undefined) return null;
  if (more.length > 0 || !/^\d{1,16}$/.test(before)) {
    throw new OAuthError("invalid_request", "There is no such page.", "cursor_malformed");
  }
  return before;
}

function describe(
  { at, event, clientId, clientName, resource, because, scope, addressPrefix }: OwnEvent,
): Activity {
  return {
    at: new Date(Math.floor(Number(at) / 1000)).toISOString(),
    event,
    client: clientId === null ? null : { id: clientId, name: clientName },
    resource,
    because,
    scope,
    address_prefix: addressPrefix,
  };
}
