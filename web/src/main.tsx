/**
 * The site: asks the server what it is, then shows the page that the address names.
 *
 * It must never show a page's form before the configuration is known: where a password goes depends on it.
 */
import { createSignal, lazy, Match, onMount, Suspense, Switch } from "solid-js";
import { render } from "solid-js/web";
import type { PublicConfig } from "../../supabase/functions/_shared/contract/config.ts";
import { fetchConfig } from "./api.ts";
import { Gate } from "./components/gate.tsx";
import { Loading } from "./components/loading.tsx";
import { ConsentPage } from "./pages/consent.tsx";
import { ErrorPage, type Problem } from "./pages/error.tsx";
import { followLanguage } from "./text/index.ts";

// Whoever comes to decide waits for nothing but that page.
const HomePage = lazy(async () => ({ default: (await import("./pages/home.tsx")).HomePage }));
const AccountPage = lazy(async () => ({ default: (await import("./pages/account.tsx")).AccountPage }));

function Site() {
  const [config, setConfig] = createSignal<PublicConfig | null>(null);
  const [problem, setProblem] = createSignal<Problem | null>(null);

  async function load() {
    setProblem(null);
    const answer = await fetchConfig();
    if (answer.kind === "ok") setConfig(answer.value);
    else setProblem(answer.kind === "unreachable" ? "offline" : "broken");
  }

  followLanguage();
  onMount(() => void load());

  return (
    <Gate>
      <Switch fallback={<Loading />}>
        <Match when={problem()}>{(what) => <ErrorPage problem={what()} onRetry={load} />}</Match>
        <Match when={config()}>
          {(known) => (
            <Suspense fallback={<Loading />}>
              <Page config={known()} />
            </Suspense>
          )}
        </Match>
      </Switch>
    </Gate>
  );
}

function Page(props: { config: PublicConfig }) {
  const query = new URLSearchParams(location.search);
  const request = query.get("request");
  switch (location.pathname) {
    case "/":
      // Where Supabase Auth sends a sign-in that nobody here began.
      return query.has("error") ? <ErrorPage problem="signIn" /> : <HomePage config={props.config} />;
    case "/consent":
      return request
        ? <ConsentPage config={props.config} request={request} />
        : <ErrorPage problem="noRequest" />;
    case "/account":
      return <AccountPage config={props.config} />;
    default:
      return <ErrorPage problem="notFound" />;
  }
}

const root = document.getElementById("app");
if (root) render(() => <Site />, root);
