/**
 * What the pages of one signed-in person share: they ask who it is, open, do one act at a time, and ask again when the
 * session is over.
 *
 * It must never act for anybody but the person whom the page shows.
 */
import { type Accessor, createSignal, onMount } from "solid-js";
import type { PublicConfig } from "../../../supabase/functions/_shared/contract/config.ts";
import type { Answer } from "../api.ts";
import { createSessions, type Session, type Sessions } from "../session.ts";
import { type Problem, problemOfStatus } from "./error.tsx";
import type { SignInNotice } from "./sign_in.tsx";

/** What every such page can show. `loading` is what it shows when nothing else does. */
export type SharedView =
  | { readonly kind: "loading" }
  | { readonly kind: "sign_in"; readonly notice: SignInNotice | null }
  | { readonly kind: "stopped"; readonly problem: Problem };

/** Why an act was not done. The page stays as it is, so that the person can try again. */
export type SharedAlert = "unreachable" | "otherPerson";

export interface PersonPage<View extends { readonly kind: string }, Alert extends string> {
  readonly sessions: Sessions;
  /** Where a provider sends the person back to: the page itself. */
  readonly returnTo: string;
  readonly busy: Accessor<boolean>;
  readonly alert: Accessor<Alert | null>;
  readonly setAlert: (alert: Alert) => void;
  readonly show: (view: View) => void;
  /** The view, if it is of this kind. */
  readonly when: <Kind extends View["kind"]>(kind: Kind) => Extract<View, { kind: Kind }> | false;
  readonly stop: (problem: Problem) => void;
  readonly signIn: (notice: SignInNotice | null) => void;
  readonly signInAgain: (notice: SignInNotice | null) => Promise<void>;
  /** Opens the page for whoever is signed in. */
  readonly load: () => Promise<void>;
  /** One act at a time: a second click while one is under way is no click, and answers undefined. */
  readonly act: <Result>(work: () => Promise<Result>) => Promise<Result | undefined>;
  /** The session to act with, or null when that is not possible for the person who is shown. */
  readonly acting: (userId: string) => Promise<Session | null>;
  /** Leaves the page for what the server says instead. */
  readonly failed: (answer: Exclude<Answer<unknown>, { kind: "ok" }>) => Promise<void>;
  /** Whether an act was done. Out of reach, it was not. */
  readonly done: <Value>(answer: Answer<Value>) => Promise<{ readonly value: Value } | null>;
}

/** Makes one, which starts as soon as it is mounted. `open` fetches what the page shows of a person, and shows it. */
export function createPersonPage<Own extends { readonly kind: string }, OwnAlert extends string = never>(
  config: PublicConfig,
  returnTo: string,
  open: (person: Session) => Promise<void>,
): PersonPage<SharedView | Own, SharedAlert | OwnAlert> {
  type View = SharedView | Own;
  const sessions = createSessions(config);
  const [view, setView] = createSignal<View>({ kind: "loading" });
  const [busy, setBusy] = createSignal(false);
  const [alert, setAlert] = createSignal<SharedAlert | OwnAlert | null>(null);

  const show = (next: View) => void setView(() => next);
  const stop = (problem: Problem) => show({ kind: "stopped", problem });

  function signIn(notice: SignInNotice | null) {
    setAlert(null);
    show({ kind: "sign_in", notice });
  }

  async function signInAgain(notice: SignInNotice | null) {
    await sessions.signOut();
    signIn(notice);
  }

  async function start() {
    const failure = await sessions.finishProvider();
    // A used code or a provider's error must not stay in the address, where a reload would repeat it.
    history.replaceState(null, "", returnTo);
    if (failure !== null && await sessions.current() === "none") return signIn(failure);
    await load();
  }

  async function load() {
    show({ kind: "loading" });
    const session = await sessions.current();
    if (session === "unreachable") stop("offline");
    else if (session === "none") signIn(null);
    else await open(session);
  }

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

  async function acting(userId: string): Promise<Session | null> {
    setAlert(null);
    const session = await sessions.current();
    if (session === "unreachable") setAlert(() => "unreachable");
    else if (session === "none") signIn("expired");
    // Tabs share one session: the one who acts must be the one whom the page shows.
    else if (session.userId !== userId) {
      setAlert(() => "otherPerson");
      await load();
    } else return session;
    return null;
  }

  async function failed(answer: Exclude<Answer<unknown>, { kind: "ok" }>) {
    if (answer.kind === "unreachable") stop("offline");
    else if (answer.status === 401) await signInAgain("expired");
    else stop(problemOfStatus(answer.status));
  }

  async function done<Value>(answer: Answer<Value>): Promise<{ readonly value: Value } | null> {
    if (answer.kind === "ok") return answer;
    if (answer.kind === "unreachable" || answer.status === 503) setAlert(() => "unreachable");
    else await failed(answer);
    return null;
  }

  onMount(() => {
    // Coming back by the Back button must ask the server again, not show what was.
    addEventListener("pageshow", (event) => event.persisted && location.reload());
    void act(start);
  });

  return {
    sessions,
    returnTo,
    busy,
    alert,
    setAlert: (next) => void setAlert(() => next),
    show,
    when: (kind) => {
      const now = view();
      return now.kind === kind ? now as Extract<View, { kind: typeof kind }> : false;
    },
    stop,
    signIn,
    signInAgain,
    load,
    act,
    acting,
    failed,
    done,
  };
}
