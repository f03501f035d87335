/**
 * `/account`: what apps hold in the person's name, what happened, and the end of it.
 *
 * It must never act for anybody but the person whose account it shows.
 */
import { createSignal, Match, onMount, Switch } from "solid-js";
import type {
  Activity,
  ApiKey,
  ApiKeys,
  ConnectedApp,
  NewApiKey,
} from "../../../supabase/functions/_shared/contract/account.ts";
import type { PublicConfig } from "../../../supabase/functions/_shared/contract/config.ts";
import {
  type Answer,
  disconnectApp,
  disconnectEveryApp,
  fetchActivity,
  fetchApps,
  fetchKeys,
  makeKey,
  revokeKey,
} from "../api.ts";
import { ActivityList } from "../components/activity_list.tsx";
import { Alert } from "../components/alert.tsx";
import { ApiKeyList, type Making } from "../components/api_keys.tsx";
import { Confirmed } from "../components/confirmed.tsx";
import { ConnectedApps } from "../components/connected_apps.tsx";
import { Heading } from "../components/heading.tsx";
import { Loading } from "../components/loading.tsx";
import { createSessions, type Session } from "../session.ts";
import { text } from "../text/index.ts";
import { visibleText } from "../visible_text.ts";
import { AccountStopped } from "./account_stopped.tsx";
import { type Problem, problemOfStatus } from "./error.tsx";
import { type SignInNotice, SignInPage } from "./sign_in.tsx";

type View =
  | { readonly kind: "loading" }
  | { readonly kind: "sign_in"; readonly notice: SignInNotice | null }
  | { readonly kind: "shown"; readonly person: Session }
  | { readonly kind: "signed_out" }
  | { readonly kind: "stopped"; readonly problem: Problem };

type Said = "unreachable" | "otherPerson" | "sessionsLeft";

export function AccountPage(props: { config: PublicConfig }) {
  const sessions = createSessions(props.config);
  const returnTo = `${location.origin}/account`;
  const [view, setView] = createSignal<View>({ kind: "loading" });
  const [busy, setBusy] = createSignal(false);
  const [alert, setAlert] = createSignal<Said | null>(null);
  const [apps, setApps] = createSignal<readonly ConnectedApp[]>([]);
  const [keys, setKeys] = createSignal<ApiKeys>({ keys: [], resources: [] });
  const [events, setEvents] = createSignal<readonly Activity[]>([]);
  const [next, setNext] = createSignal<string | null>(null);

  const stop = (problem: Problem) => void setView({ kind: "stopped", problem });

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
    const [held, own, told] = await Promise.all([
      fetchApps(props.config, session.accessToken),
      fetchKeys(props.config, session.accessToken),
      fetchActivity(props.config, session.accessToken, null),
    ]);
    if (held.kind !== "ok") return await failed(held);
    if (own.kind !== "ok") return await failed(own);
    if (told.kind !== "ok") return await failed(told);
    setApps(held.value.apps);
    setKeys(own.value);
    setEvents(told.value.events);
    setNext(told.value.next);
    setView({ kind: "shown", person: session });
  }

  async function failed(answer: Exclude<Answer<unknown>, { kind: "ok" }>) {
    if (answer.kind === "unreachable") return stop("offline");
    if (answer.status === 401) await signInAgain("expired");
    else stop(problemOfStatus(answer.status));
  }

  async function signInAgain(notice: SignInNotice | null) {
    await sessions.signOut();
    signIn(notice);
  }

  /** The session to act with, or null when that is not possible for the person who is shown. */
  async function acting(person: Session): Promise<Session | null> {
    setAlert(null);
    const session = await sessions.current();
    if (session === "unreachable") setAlert("unreachable");
    else if (session === "none") signIn("expired");
    // Tabs share one session: the account that is shown must be the one that is changed.
    else if (session.userId !== person.userId) {
      await load();
      setAlert("otherPerson");
    } else return session;
    return null;
  }

  /** Whether it was done. Out of reach, the page stays as it is, so that the person can try again. */
  async function done(answer: Answer<unknown>): Promise<boolean> {
    if (answer.kind === "unreachable") setAlert("unreachable");
    else if (answer.kind === "refused" && answer.status === 503) setAlert("unreachable");
    else if (answer.kind === "refused") await failed(answer);
    return answer.kind === "ok";
  }

  async function disconnect(person: Session, app: ConnectedApp): Promise<boolean> {
    const session = await acting(person);
    if (session === null) return false;
    const answer = await disconnectApp(props.config, session.accessToken, app.client.id);
    if (!await done(answer)) return false;
    setApps(apps().filter(({ client }) => client.id !== app.client.id));
    await tellAgain(session);
    return true;
  }

  /** What has just been done, among the rest. Where that fails, a reload tells it. */
  async function tellAgain(session: Session) {
    const told = await fetchActivity(props.config, session.accessToken, null);
    if (told.kind !== "ok") return;
    setEvents(told.value.events);
    setNext(told.value.next);
  }

  async function make(person: Session, asked: NewApiKey): Promise<Making> {
    const session = await acting(person);
    if (session === null) return null;
    const answer = await makeKey(props.config, session.accessToken, asked);
    const lost = answer.kind === "unreachable" || (answer.kind === "refused" && answer.status >= 500);
    if (answer.kind === "ok" || lost) {
      // Also where the answer was lost: the key may have been made.
      const [own] = await Promise.all([fetchKeys(props.config, session.accessToken), tellAgain(session)]);
      if (own.kind === "ok") setKeys(own.value);
    }
    if (answer.kind === "ok") return { kind: "made", key: answer.value.key };
    if (lost) return { kind: "refused", why: "lost" };
    if (answer.status === 409) return { kind: "refused", why: "key_limit" };
    if (answer.status === 400) return { kind: "refused", why: "refused" };
    await failed(answer);
    return null;
  }

  async function revoke(person: Session, key: ApiKey): Promise<boolean> {
    const session = await acting(person);
    if (session === null) return false;
    if (!await done(await revokeKey(props.config, session.accessToken, key.id))) return false;
    setKeys({ ...keys(), keys: keys().keys.filter(({ id }) => id !== key.id) });
    await tellAgain(session);
    return true;
  }

  async function showMore(person: Session) {
    const session = await acting(person);
    if (session === null) return;
    const answer = await fetchActivity(props.config, session.accessToken, next());
    if (!await done(answer) || answer.kind !== "ok") return;
    setEvents([...events(), ...answer.value.events]);
    setNext(answer.value.next);
  }

  async function signOutEverywhere(person: Session) {
    const session = await acting(person);
    if (session === null) return;
    // Apps first: that needs the session which then ends.
    if (!await done(await disconnectEveryApp(props.config, session.accessToken))) return;
    setApps([]);
    setKeys({ ...keys(), keys: [] });
    if (await sessions.signOutEverywhere()) setView({ kind: "signed_out" });
    else setAlert("sessionsLeft");
  }

  /** One act at a time: a second click while one is under way is no click. */
  async function act<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    if (busy()) return undefined;
    setBusy(true);
    try {
      return await work();
    } catch {
      stop("broken");
      return undefined;
    } finally {
      setBusy(false);
    }
  }

  onMount(() => {
    // Coming back by the Back button must ask the server again, not show what was.
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
            lead={text().account.signInLead}
            returnTo={returnTo}
            onSignedIn={() => void act(load)}
          />
        )}
      </Match>
      <Match when={when("shown")}>
        {(now) => (
          <>
            <Heading title={text().account.title} />
            <p class="lead">
              {text().consent.signedInAs}{" "}
              <bdi>{visibleText(now().person.email ?? now().person.name ?? now().person.userId, 254)}</bdi>
              {" "}
              <button
                type="button"
                class="quiet"
                disabled={busy()}
                onClick={() => void act(() => signInAgain(null))}
              >
                {text().consent.notYou}
              </button>
            </p>
            <Alert text={said(alert())} />
            <ConnectedApps
              apps={apps()}
              busy={busy()}
              onDisconnect={async (app) => await act(() => disconnect(now().person, app)) ?? false}
            />
            <ApiKeyList
              own={keys()}
              busy={busy()}
              onMake={async (asked) => await act(() => make(now().person, asked)) ?? null}
              onRevoke={async (key) => await act(() => revoke(now().person, key)) ?? false}
            />
            <ActivityList
              events={events()}
              busy={busy()}
              onMore={next() === null ? null : async () => void await act(() => showMore(now().person))}
            />
            <section>
              <h2>{text().account.everywhere}</h2>
              <p class="hint">{text().account.everywhereNote}</p>
              <Confirmed
                label={text().account.everywhere}
                question={text().account.everywhereSure}
                yes={text().account.everywhereYes}
                busy={busy()}
                onConfirm={() => void act(() => signOutEverywhere(now().person))}
              />
            </section>
          </>
        )}
      </Match>
      <Match when={when("signed_out")}>
        <Heading title={text().account.signedOut} />
        <p class="lead">{text().account.signedOutNote}</p>
        <div class="actions">
          <button type="button" class="primary" onClick={() => signIn(null)}>{text().signIn.submit}</button>
        </div>
      </Match>
      <Match when={when("stopped")}>
        {(now) => <AccountStopped problem={now().problem} onRetry={() => void act(load)} />}
      </Match>
    </Switch>
  );
}

function said(alert: Said | null): string | null {
  if (alert === null) return null;
  return alert === "unreachable" ? text().unreachable : text().account[alert];
}
