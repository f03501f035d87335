/**
 * Apps that hold something in the person's name, each with what it may do and a way to end it.
 *
 * Whatever an app says of itself must pass `visibleText`, and be rendered as text only.
 */
import { createSignal, For, Show } from "solid-js";
import type { ConnectedApp } from "../../../supabase/functions/_shared/contract/account.ts";
import { language, text } from "../text/index.ts";
import { visibleText } from "../visible_text.ts";
import { Confirmed } from "./confirmed.tsx";
import { Instant } from "./instant.tsx";
import { sentence } from "./sentence.tsx";

// A host is never cut at its end: the end is the part that tells whose it is.
const longest = 2048;

export function ConnectedApps(props: {
  apps: readonly ConnectedApp[];
  busy: boolean;
  /** Answers whether the app is gone. */
  onDisconnect: (app: ConnectedApp) => Promise<boolean>;
}) {
  const [gone, setGone] = createSignal<string | null>(null);
  let heading!: HTMLHeadingElement;

  async function disconnect(app: ConnectedApp) {
    setGone(null);
    if (!await props.onDisconnect(app)) return;
    setGone(app.client.name);
    // Its row and the button in it are gone: keyboard and screen reader go on from the list's name.
    heading.focus();
  }

  return (
    <section>
      <h2 ref={heading} tabindex="-1">{text().account.apps}</h2>
      <p class="outcome" role="status">
        {gone() === null ? "" : sentence(text().account.disconnected, gone() ?? "")}
      </p>
      <Show when={props.apps.length > 0} fallback={<p class="hint">{text().account.noApps}</p>}>
        <ul class="rows">
          <For each={props.apps}>
            {(app) => <App app={app} busy={props.busy} onDisconnect={() => void disconnect(app)} />}
          </For>
        </ul>
      </Show>
    </section>
  );
}

function App(props: { app: ConnectedApp; busy: boolean; onDisconnect: () => void }) {
  const client = () => props.app.client;
  return (
    <li>
      <h3>
        <bdi>{visibleText(client().name)}</bdi>
        <Show when={!client().verified}>
          <span class="tag new">{text().consent.unverified}</span>
        </Show>
        <Show when={props.app.blocked}>
          <span class="tag new">{text().account.blocked}</span>
        </Show>
      </h3>
      <p>
        <Show when={client().host} fallback={text().consent.noHost}>
          {(host) => <bdi>{visibleText(host(), longest)}</bdi>}
        </Show>
        {" · "}
        {text().account.since} <Instant at={props.app.since} />
        {" · "}
        {text().account.lastUsed} <Instant at={props.app.last_used_at} />
      </p>
      <For each={props.app.access}>
        {({ resource, scopes }) => (
          <>
            <Show when={props.app.access.length > 1}>
              <p>
                <bdi>{visibleText(resource, longest)}</bdi>
              </p>
            </Show>
            <ul>
              <For each={scopes}>{({ description }) => <li>{description[language()]}</li>}</For>
            </ul>
          </>
        )}
      </For>
      <Confirmed
        label={text().account.disconnect}
        name={sentence(text().account.disconnectApp, client().name)}
        question={sentence(text().account.disconnectSure, client().name)}
        yes={text().account.disconnectYes}
        busy={props.busy}
        onConfirm={props.onDisconnect}
      />
    </li>
  );
}
