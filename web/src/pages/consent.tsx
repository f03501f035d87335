/**
 * `/consent?request=<id>`: signs the person in, asks, and leaves for the authorization server.
 *
 * It must never decide on its own, nor leave for an address outside the authorization server.
 */
import { createSignal, Match, onMount, Switch } from "solid-js";
import type { PublicConfig } from "../../../supabase/functions/_shared/contract/config.ts";
import type {
  AuthorizationDetail,
  Interaction,
  InteractionDecision,
} from "../../../supabase/functions/_shared/contract/interaction.ts";
import { decideInteraction, fetchInteraction } from "../api.ts";
import { ConsentForm } from "../components/consent_form.tsx";
import { Heading } from "../components/heading.tsx";
import { Loading } from "../components/loading.tsx";
import { isContinueTo } from "../continue_to.ts";
import { createSessions } from "../session.ts";
import { text } from "../text/index.ts";
import { ErrorPage, type Problem, problemOfStatus } from "./error.tsx";
import { type SignInNotice, SignInPage } from "./sign_in.tsx";

type Decision = InteractionDecision["decision"];

type View =
  | { readonly kind: "loading" }
  | { readonly kind: "sign_in"; readonly notice: SignInNotice | null }
  | { readonly kind: "ask"; readonly interaction: Interaction }
  | { readonly kind: "leaving" }
  | { readonly kind: "stopped"; readonly problem: Problem };

export function ConsentPage(props: { config: PublicConfig; request: string }) {
  const sessions = createSessions(props.config);
  const returnTo = `${location.origin}/consent?request=${encodeURIComponent(props.request)}`;
  const [view, setView] = createSignal<View>({ kind: "loading" });
  const [busy, setBusy] = createSignal(false);
  const [alert, setAlert] = createSignal<"unreachable" | "otherPerson" | null>(null);

  const stop = (problem: Problem) => setView({ kind: "stopped", problem });

  function signIn(notice: SignInNotice | null) {
    setAlert(null);
    setView({ kind: "sign_in", notice });
  }

  async function start() {
    const failure = await sessions.finishProvider();
    // A used code or a provider's error must not stay in the address, where a reload would repeat it.
    history.replaceState(null, "", returnTo);
    if (failure !== null && await sessions.current() === "none") return signIn(failure);
    await load();
  }

  async function load() {
    setView({ kind: "loading" });
    const session = await sessions.current();
    if (session === "unreachable") return stop("offline");
    if (session === "none") return signIn(null);
    const answer = await fetchInteraction(props.config, props.request, session.accessToken);
    if (answer.kind === "ok") setView({ kind: "ask", interaction: answer.value });
    else if (answer.kind === "unreachable") stop("offline");
    else await refused(answer.status);
  }

  async function refused(status: number) {
    if (status === 401) await signInAgain("expired");
    else stop(problemOfStatus(status));
  }

  async function signInAgain(notice: SignInNotice | null) {
    await sessions.signOut();
    signIn(notice);
  }

  async function decide(
    interaction: Interaction,
    decision: Decision,
    scopes: readonly string[],
    chosen: readonly AuthorizationDetail[],
  ) {
    setAlert(null);
    const session = await sessions.current();
    if (session === "unreachable") return setAlert("unreachable");
    if (session === "none") return signIn("expired");
    // Tabs share one session: the one who answers must be the one who was asked.
    if (session.userId !== interaction.user.id) {
      setAlert("otherPerson");
      return load();
    }
    const details = decision === "approve" ? { authorization_details: chosen } : {};
    const body = { decision, scopes, ...details };
    const answer = await decideInteraction(props.config, props.request, session.accessToken, body);
    if (answer.kind === "unreachable") return setAlert("unreachable");
    if (answer.kind === "refused") return refused(answer.status);
    if (!isContinueTo(answer.value?.continue_to, props.config.public_url)) return stop("unsafe");
    setView({ kind: "leaving" });
    location.assign(answer.value.continue_to);
  }

  /** One act at a time: a second click while one is under way is no click. */
  async function act(work: () => Promise<unknown>) {
    if (busy()) return;
    setBusy(true);
    try {
      await work();
    } catch {
      stop("broken");
    }
    setBusy(false);
  }

  onMount(() => {
    // Coming back by the Back button must ask the server again, not revive an answered form.
    addEventListener("pageshow", (event) => event.persisted && location.reload());
    void act(start);
  });

  const when = <K extends View["kind"]>(kind: K) => {
    const now = view();
    return now.kind === kind ? now as Extract<View, { kind: K }> : false;
  };

  return (
    <Switch fallback={<Loading />}>
      <Match when={when("sign_in")}>
        {(now) => (
          <SignInPage
            config={props.config}
            sessions={sessions}
            notice={now().notice}
            returnTo={returnTo}
            onSignedIn={() => void act(load)}
          />
        )}
      </Match>
      <Match when={when("ask")}>
        {(now) => (
          <ConsentForm
            interaction={now().interaction}
            busy={busy()}
            alert={said(alert())}
            onDecide={(decision, scopes, details) =>
              void act(() => decide(now().interaction, decision, scopes, details))}
            onNotYou={() => void act(() => signInAgain(null))}
          />
        )}
      </Match>
      <Match when={when("leaving")}>
        <Heading title={text().consent.going} />
        <p class="lead">{text().consent.goingNote}</p>
      </Match>
      <Match when={when("stopped")}>
        {(now) => <ErrorPage problem={now().problem} onRetry={() => void act(load)} />}
      </Match>
    </Switch>
  );
}

function said(alert: "unreachable" | "otherPerson" | null): string | null {
  if (alert === null) return null;
  return alert === "unreachable" ? text().unreachable : text().consent.otherPerson;
}
