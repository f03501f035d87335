/**
 * Signing in, in place of the page that needs it: first who it is, then, of whom has one, a second factor.
 *
 * It must never keep a password or a code: they go to Supabase Auth and nowhere else.
 */
import { createSignal, Match, onMount, Show, Switch } from "solid-js";
import type { PublicConfig } from "../../../supabase/functions/_shared/contract/config.ts";
import { Alert } from "../components/alert.tsx";
import { CodeForm } from "../components/code_form.tsx";
import { Heading } from "../components/heading.tsx";
import { ProviderButtons } from "../components/provider_buttons.tsx";
import type { Provider, Sessions, SignInFailure } from "../session.ts";
import { text } from "../text/index.ts";

export type SignInNotice = SignInFailure | "expired";

export function SignInPage(props: {
  config: PublicConfig;
  sessions: Sessions;
  notice: SignInNotice | null;
  /** Why to sign in, where it is not to answer an app. */
  lead?: string;
  returnTo: string;
  onSignedIn: () => void;
}) {
  const [busy, setBusy] = createSignal(false);
  const [notice, setNotice] = createSignal(props.notice);
  // Unknown at first: neither form may flash up before the other.
  const [step, setStep] = createSignal<"who" | "code" | null>(null);
  let email!: HTMLInputElement;
  let password!: HTMLInputElement;

  const has = (provider: string) => props.config.providers.includes(provider);
  const hasOther = () => has("google") || has("custom:line");

  async function attempt(signIn: () => Promise<SignInFailure | null>): Promise<boolean> {
    if (busy()) return false;
    setBusy(true);
    setNotice(null);
    const failed = await signIn().catch(() => "unfinished" as const);
    if (failed === null) return true;
    setBusy(false);
    setNotice(failed);
    return false;
  }

  onMount(async () => setStep(await props.sessions.owesCode() ? "code" : "who"));

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    if (await attempt(() => props.sessions.withPassword(email.value, password.value))) {
      if (!await props.sessions.owesCode()) return props.onSignedIn();
      setBusy(false);
      setStep("code");
    } else if (notice() === "wrong_password") {
      password.select();
    }
  }

  async function prove(code: string): Promise<boolean> {
    const proved = await attempt(() => props.sessions.withCode(code));
    if (proved) props.onSignedIn();
    return proved;
  }

  async function startOver() {
    await props.sessions.signOut();
    setNotice(null);
    setStep("who");
  }

  // On success the browser is leaving, so the buttons stay disabled.
  const choose = (provider: Provider) =>
    void attempt(() => props.sessions.withProvider(provider, props.returnTo));

  return (
    <Switch>
      <Match when={step() === "code"}>
        <CodeForm busy={busy()} alert={said(notice())} onCode={prove} onStartOver={() => void startOver()} />
      </Match>
      <Match when={step() === "who"}>
        <Heading title={text().signIn.title} />
        <p class="lead">{props.lead ?? text().signIn.lead}</p>
        <Alert text={said(notice())} />
        <ProviderButtons providers={props.config.providers} disabled={busy()} onChoose={choose} />
        <Show when={hasOther() && has("password")}>
          <p class="or">{text().signIn.or}</p>
        </Show>
        <Show when={has("password")}>
          <form class="sign-in" method="post" onSubmit={submit}>
            <label for="email">{text().signIn.email}</label>
            <input ref={email} id="email" type="email" name="email" autocomplete="username" required />
            <label for="password">{text().signIn.password}</label>
            <input
              ref={password}
              id="password"
              type="password"
              name="password"
              autocomplete="current-password"
              required
            />
            <button type="submit" class="primary" disabled={busy()}>{text().signIn.submit}</button>
          </form>
        </Show>
        <Show when={!hasOther() && !has("password")}>
          <p class="note">{text().signIn.none}</p>
        </Show>
      </Match>
    </Switch>
  );
}

function said(notice: SignInNotice | null): string | null {
  if (notice === null) return null;
  return notice === "unreachable" ? text().unreachable : text().signIn[notice];
}
