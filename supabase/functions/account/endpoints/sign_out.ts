/**
 * `POST /api/sign-out`: the half of signing out everywhere that is ours. Every app loses what it holds; the person's own
 * sessions are Supabase Auth's, and the page ends them there afterwards, since this request needs one.
 */
import { noContent } from "../../_shared/http/respond.ts";
import { signedIn } from "../../_shared/http/signed_in.ts";
import type { Deps } from "../deps.ts";

/** Disconnects every app of the person. */
export async function signOutEverywhere(request: Request, deps: Deps): Promise<Response> {
  const person = await signedIn(request, deps.people);
  await deps.store.disconnectEveryApp(person.id);
  return noContent();
}
