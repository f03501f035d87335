/** A second factor of a demo person, enrolled as an app on auth-js would. */
import assert from "node:assert/strict";
import { AuthClient } from "@supabase/auth-js";
import { codeAt } from "../../../local/second_factor/totp.ts";

/**
 * Enrols an authenticator and answers its secret, and the code that proved it: of the step before, so that later codes
 * stay unused.
 */
export async function enrol(
  url: string,
  email = "demo_user@example.com",
): Promise<{ secret: string; used: string }> {
  const { publishable_key } = await (await fetch(`${url}/config.json`)).json();
  const auth = new AuthClient({
    url: `${url}/auth/v1`,
    headers: { apikey: publishable_key },
    autoRefreshToken: false,
    persistSession: false,
  });
  assert.equal((await auth.signInWithPassword({ email, password: "demo_password" })).error, null);
  const { data } = await auth.mfa.enroll({ factorType: "totp" });
  assert.ok(data?.type === "totp");
  const used = codeAt(data.totp.secret, Date.now() - 30_000);
  assert.equal((await auth.mfa.challengeAndVerify({ factorId: data.id, code: used })).error, null);
  return { secret: data.totp.secret, used };
}
