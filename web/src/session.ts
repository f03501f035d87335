/**
 * Who is signed in here, through Supabase Auth.
 *
 * It must never take a session from the URL: only a code that this browser asked for (PKCE) is redeemed,
 * so a prepared link cannot sign a person in as somebody else.
 */
import { AuthClient, isAuthRetryableFetchError } from "@supabase/auth-js";
import type { PublicConfig } from "../../supabase/functions/_shared/contract/config.ts";
import { send } from "./api.ts";

export interface Session {
  readonly accessToken: string;
  readonly userId: string;
  readonly email: string | null;
  /** As the provider calls the person: some give no address. */
  readonly name: string | null;
}

export type SignInFailure =
  | "wrong_password"
  | "too_many"
  | "unreachable"
  | "unfinished"
  | "no_email"
  | "not_allowed"
  | "wrong_code";

export interface Sessions {
  /** "none" also while a second factor is owed: such a session opens nothing yet. */
  current(): Promise<Session | "none" | "unreachable">;
  /** Redeems what the provider sent back, when this page load is such a return. */
  finishProvider(): Promise<SignInFailure | null>;
  withPassword(email: string, password: string): Promise<SignInFailure | null>;
  /** Leaves the page for the provider, which returns to `returnTo`. */
  withProvider(provider: Provider, returnTo: string): Promise<SignInFailure | null>;
  /** Whether somebody has signed in and has yet to prove a second factor. */
  owesCode(): Promise<boolean>;
  /** Proves it with a code of an authenticator app. */
  withCode(code: string): Promise<SignInFailure | null>;
  signOut(): Promise<void>;
  /** Ends every session of the person, in every browser. Answers whether that was done. */
  signOutEverywhere(): Promise<boolean>;
}

export type Provider = "google" | "custom:line";

export function createSessions(config: PublicConfig): Sessions {
  const client = new AuthClient({
    url: `${config.supabase_url}/auth/v1`,
    headers: { apikey: config.publishable_key },
    storageKey: "sekisho.session",
    flowType: "pkce",
    detectSessionInUrl: false,
    autoRefreshToken: false,
    persistSession: true,
    fetch: send,
  });

  async function owesCode(): Promise<boolean> {
    const { data } = await client.mfa.getAuthenticatorAssuranceLevel();
    return data !== null && data.nextLevel === "aal2" && data.currentLevel !== "aal2";
  }

  return {
    async current() {
      const { data, error } = await client.getSession();
      // A session too old to use and a server out of reach to renew it: the person is still signed in.
      if (isAuthRetryableFetchError(error)) return "unreachable";
      if (!data.session || await owesCode()) return "none";
      const { access_token, user } = data.session;
      const name: unknown = user.user_metadata["full_name"] ?? user.user_metadata["name"];
      return {
        accessToken: access_token,
        userId: user.id,
        email: user.email || null,
        name: typeof name === "string" ? name : null,
      };
    },
    async finishProvider() {
      const query = new URLSearchParams(location.search);
      const code = query.get("code");
      if (code !== null) {
        const { error } = await client.exchangeCodeForSession(code);
        return error ? failure(error) : null;
      }
      return query.has("error") ? returned(query.get("error_code")) : null;
    },
    async withPassword(email, password) {
      const { error } = await client.signInWithPassword({ email, password });
      return error ? failure(error) : null;
    },
    async withProvider(provider, returnTo) {
      const { error } = await client.signInWithOAuth({ provider, options: { redirectTo: returnTo } });
      return error ? failure(error) : null;
    },
    owesCode,
    async withCode(code) {
      const { data, error } = await client.mfa.listFactors();
      if (error) return failure(error);
      // Removed in the meantime: the session that says so is a new one.
      if (data.totp.length === 0) {
        const { error } = await client.refreshSession();
        return error ? failure(error) : null;
      }
      let failed: SignInFailure | null = "unfinished";
      // Whoever has several authenticators does not say which one the code is of.
      for (const { id: factorId } of data.totp) {
        const { error } = await client.mfa.challengeAndVerify({ factorId, code });
        failed = error ? failure(error) : null;
        if (failed !== "wrong_code") break;
      }
      return failed;
    },
    async signOut() {
      // `local`: the person's other devices stay signed in.
      await client.signOut({ scope: "local" });
    },
    async signOutEverywhere() {
      const { error } = await client.signOut({ scope: "global" });
      return error === null;
    },
  };
}

/** Why a provider's trip failed, by the code of Supabase Auth. Its words are not shown: anybody can write an address. */
function returned(code: string | null): SignInFailure {
  if (code === "provider_email_needs_verification") return "no_email";
  return code === "user_banned" || code === "signup_disabled" ? "not_allowed" : "unfinished";
}

function failure(error: { status?: number | undefined; code?: string | undefined }): SignInFailure {
  if (isAuthRetryableFetchError(error)) return "unreachable";
  if (error.status === 429) return "too_many";
  if (error.code === "mfa_verification_failed") return "wrong_code";
  return error.code === "invalid_credentials" ? "wrong_password" : "unfinished";
}
