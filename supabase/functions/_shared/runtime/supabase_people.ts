/**
 * Asks Supabase Auth whose session a token is. The answer is Auth's, not ours: no key of the project is needed, and a
 * session that was ended or a person who was banned is seen at once. Works on hosted, in Docker and embedded alike.
 */
import { z } from "zod";
import { OAuthError } from "../oauth_error.ts";
import type { People } from "../people.ts";

const TIMEOUT_MS = 5000;

const user = z.object({
  id: z.guid(),
  email: z.string().nullish(),
  is_anonymous: z.boolean().nullish(),
  banned_until: z.string().nullish(),
  user_metadata: z.object({ full_name: z.string().nullish(), name: z.string().nullish() }).nullish(),
  factors: z.array(z.object({ status: z.string() })).nullish(),
});

/**
 * People of this Supabase project.
 *
 * @param supabaseUrl Without a trailing slash; `/auth/v1/user` is below it.
 */
export function createSupabasePeople(supabaseUrl: string, publishableKey: string): People {
  return {
    async findPerson(sessionToken) {
      const response = await ask(`${supabaseUrl}/auth/v1/user`, {
        headers: { Authorization: `Bearer ${sessionToken}`, apikey: publishableKey },
        redirect: "error",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (response.status >= 400 && response.status < 500 && response.status !== 429) {
        await response.body?.cancel();
        return { outcome: "no_session" };
      }
      if (response.status !== 200) throw unavailable(new Error(`auth answered ${response.status}`));
      const parsed = user.safeParse(await body(response));
      if (!parsed.success) throw unavailable(new Error("auth answered something that is not a user"));
      const found = parsed.data;
      if (found.is_anonymous || new Date(found.banned_until ?? 0) > new Date()) {
        return { outcome: "not_a_person" };
      }
      const hasSecondFactor = (found.factors ?? []).some((factor) => factor.status === "verified");
      if (hasSecondFactor && assuranceLevel(sessionToken) !== "aal2") {
        return { outcome: "second_factor_required" };
      }
      const name = found.user_metadata?.full_name ?? found.user_metadata?.name ?? null;
      return { outcome: "found", person: { id: found.id, email: found.email || null, name } };
    },
  };
}

async function ask(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    throw unavailable(error);
  }
}

async function body(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    throw unavailable(error);
  }
}

/** Never with a token in it: `fetch` errors name URLs, and this URL holds none. */
function unavailable(cause: unknown): OAuthError {
  return new OAuthError("temporarily_unavailable", "The server cannot answer right now. Try again.", "auth", {
    cause,
  });
}

/** The `aal` claim. The token was vouched for by Auth a moment ago, so it is read, not verified. */
function assuranceLevel(sessionToken: string): unknown {
  const payload = sessionToken.split(".")[1] ?? "";
  return JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/"))).aal;
}
