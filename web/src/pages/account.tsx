/**
 * `/account`: what apps hold in the person's name, what happened, and the end of it.
 *
 * It must never act for anybody but the person whose account it shows.
 */
import { createSignal, Match, Switch } from "solid-js";
import type {
  Activity,
  ApiKey,
  ApiKeys,
  ConnectedApp,
  NewApiKey,
} from "../../../supabase/functions/_shared/contract/account.ts";
import type { PublicConfig } from "../../../supabase/functions/_shared/contract/config.ts";
import {
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
import type { Session } from "../session.ts";
import { text } from "../text/index.ts";
import { visibleText } from "../visible_text.ts";
import { AccountStopped } from "./account_stopped.tsx";
import { createPersonPage, type SharedAlert } from "./person_page.ts";
import { SignInPage } from "./sign_in.tsx";

type View =
  | { readonly kind: "shown"; readonly person: Session }
  | { readonly kind: "signed_out" };

export function AccountPage(props: { config: PublicConfig }) {
  const page = createPersonPage<View, "sessionsLeft">(props.config, `${location.origin}/account`, open);
  const [apps, setApps] = createSignal<readonly ConnectedApp[]>([]);
  const [keys, setKeys] = createSignal<ApiKeys>({ keys: [], resources: [] });
  const [events, setEvents] = createSignal<readonly Activity[]>([]);
  const [next, setNext] = createSignal<string | null>(null);

  async function open(person: Session): Promise<void> {
    const [held, own, told] = await Promise.all([
      fetchApps(props.config, person.accessToken),
      fetchKeys(props.config, person.accessToken),
      fetchActivity(props.config, person.accessToken, null),
    ]);
    if (held.kind !== "ok") return await page.failed(held);
    if (own.kind !== "ok") return await page.failed(own);
    if (told.kind !== "ok") return await page.failed(told);
    setApps(held.value.apps);
    setKeys(own.value);
    setEvents(told.value.events);
    setNext(told.value.next);
    page.show({ kind: "shown", person });
  }

  async function disconnect(person: Session, app: ConnectedApp): Promise<boolean> {
    const session = await page.acting(person.userId);
    if (session === null) return false;
    const answer = await disconnectApp(props.config, session.accessToken, app.client.id);
    if (await page.done(answer) === null) return false;
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
    const session = await page.acting(person.userId);
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
    await page.failed(answer);
    return null;
  }

  async function revoke(person: Session, key: ApiKey): Promise<boolean> {
    const session = await page.acting(person.userId);
    if (session === null) return false;
    const answer = await revokeKey(props.config, session.accessToken, key.id);
    if (await page.done(answer) === null) return false;
    setKeys({ ...keys(), keys: keys().keys.filter(({ id }) => id !== key.id) });
    await tellAgain(session);
    return true;
  }

  async function showMore(person: Session) {
    const session = await page.acting(person.userId);
    if (session === null) return;
    const told = await page.done(await fetchActivity(props.config, session.accessToken, next()));
    if (told === null) return;
    setEvents([...events(), ...told.value.events]);
    setNext(told.value.next);
  }

  async function signOutEverywhere(person: Session) {
    const session = await page.acting(person.userId);
    if (session === null) return;
    // Apps first: that needs the session which then ends.
    if (await page.done(await disconnectEveryApp(props.config, session.accessToken)) === null) return;
    setApps([]);
    setKeys({ ...keys(), keys: [] });
    if (await page.sessions.signOutEverywhere()) page.show({ kind: "signed_out" });
    else page.setAlert("sessionsLeft");
  }

  return (
    <Switch fallback={<Loading />}>
      <Match when={page.when("sign_in")}>
        {(now) => (
          <SignInPage
            config={props.config}
            sessions={page.sessions}
            notice={now().notice}
            lead={text().account.signInLead}
            returnTo={page.returnTo}
            onSignedIn={() => void page.act(page.load)}
          />
        )}
      </Match>
      <Match when={page.when("shown")}>
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
                disabled={page.busy()}
                onClick={() => void page.act(() => page.signInAgain(null))}
              >
                {text().consent.notYou}
              </button>
            </p>
            <Alert text={said(page.alert())} />
            <ConnectedApps
              apps={apps()}
              busy={page.busy()}
              onDisconnect={async (app) => await page.act(() => disconnect(now().person, app)) ?? false}
            />
            <ApiKeyList
              own={keys()}
              busy={page.busy()}
              onMake={async (asked) => await page.act(() => make(now().person, asked)) ?? null}
              onRevoke={async (key) => await page.act(() => revoke(now().person, key)) ?? false}
            />
            <ActivityList
              events={events()}
              busy={page.busy()}
              onMore={next() === null ? null : async () => void await page.act(() => showMore(now().person))}
            />
            <section>
              <h2>{text().account.everywhere}</h2>
              <p class="hint">{text().account.everywhereNote}</p>
              <Confirmed
                label={text().account.everywhere}
                question={text().account.everywhereSure}
                yes={text().account.everywhereYes}
                busy={page.busy()}
                onConfirm={() => void page.act(() => signOutEverywhere(now().person))}
              />
            </section>
          </>
        )}
      </Match>
      <Match when={page.when("signed_out")}>
        <Heading title={text().account.signedOut} />
        <p class="lead">{text().account.signedOutNote}</p>
        <div class="actions">
          <button type="button" class="primary" onClick={() => page.signIn(null)}>
            {text().signIn.submit}
          </button>
        </div>
      </Match>
      <Match when={page.when("stopped")}>
        {(now) => <AccountStopped problem={now().problem} onRetry={() => void page.act(page.load)} />}
      </Match>
    </Switch>
  );
}

function said(alert: SharedAlert | "sessionsLeft" | null): string | null {
  if (alert === null) return null;
  return alert === "unreachable" ? text().unreachable : text().account[alert];
}
