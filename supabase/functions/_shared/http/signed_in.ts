/**
 * Whose session a request brings: a Supabase session as Bearer (RFC 6750 §2.1), and never a cookie, which a browser would
 * send along for any page.
 */
import { OAuthError } from "../oauth_error.ts";
import type { People, Person } from "../people.ts";

/**
 * The person who asks.
 *
 * @throws OAuthError `login_required` for none, `second_factor_required` when the session lacks the person's own.
 */
export async function signedIn(request: Request, people: People): Promise<Person> {
  const [, session] =
    /^bearer ([A-Za-z0-9._~+/=-]{1,8000})$/i.exec(request.headers.get("Authorization") ?? "") ?? [];
  if (session === undefined) throw loginRequired("session_missing");
  const found = await people.findPerson(session);
  switch (found.outcome) {
    case "found":
      return found.person;
    case "second_factor_required":
      throw new OAuthError(
        "second_factor_required",
        "Sign in with your second factor first.",
        "aal2_required",
      );
    case "no_session":
    case "not_a_person":
      throw loginRequired(`session_${found.outcome}`);
  }
}

/** The refusal of whoever is nobody, or nobody any more. */
export function loginRequired(reason: string): OAuthError {
  return new OAuthError("login_required", "Sign in first.", reason);
}
