/** What happened in the person's name, in words, newest first. */
import { For, Show } from "solid-js";
import type { Activity } from "../../../supabase/functions/_shared/contract/account.ts";
import { text } from "../text/index.ts";
import { visibleText } from "../visible_text.ts";
import { Instant } from "./instant.tsx";
import { Sentence } from "./sentence.tsx";

export function ActivityList(props: {
  events: readonly Activity[];
  busy: boolean;
  /** Null when there is no more. */
  onMore: (() => Promise<void>) | null;
}) {
  let list!: HTMLUListElement;

  async function more(ask: () => Promise<void>) {
    const shown = props.events.length;
    await ask();
    // The button may be gone; what was asked for is where reading goes on.
    const first = list.children[shown];
    if (first instanceof HTMLElement) first.focus();
  }

  return (
    <section>
      <h2>{text().account.activity}</h2>
      <Show when={props.events.length > 0} fallback={<p class="hint">{text().account.noActivity}</p>}>
        <p class="hint">{text().account.renewals}</p>
        <ul class="rows" ref={list}>
          <For each={props.events}>
            {(event) => (
              <li tabindex="-1">
                <Sentence
                  pattern={wordsOf(event)}
                  app={event.client?.name ?? event.client?.id ?? text().account.anApp}
                />
                <p>
                  <Instant at={event.at} />
                  <Show when={event.address_prefix}>
                    {(prefix) => (
                      <>
                        {" · "}
                        <Network prefix={prefix()} />
                      </>
                    )}
                  </Show>
                </p>
              </li>
            )}
          </For>
        </ul>
      </Show>
      <Show when={props.onMore}>
        {(ask) => (
          <button type="button" disabled={props.busy} onClick={() => void more(ask())}>
            {text().account.more}
          </button>
        )}
      </Show>
    </section>
  );
}

/** Loopback, as the trail keeps it. */
const OF_THIS_COMPUTER = ["127.0.0.0/24", "::/48"];

function Network(props: { prefix: string }) {
  // A page without TLS is on the computer that looks at it; elsewhere loopback is the server's own.
  const isHere = () => location.protocol === "http:" && OF_THIS_COMPUTER.includes(props.prefix);
  return (
    <Show when={!isHere()} fallback={text().account.thisComputer}>
      {text().account.network} <bdi>{visibleText(props.prefix)}</bdi>
    </Show>
  );
}

/** Never what the server wrote: events and reasons that have no words here share a sentence. */
function wordsOf({ event, because }: Activity): string {
  const { events, revoked, keyRevoked } = text().account;
  const why: Readonly<Record<string, string>> = event === "tokens_revoked"
    ? revoked
    : event === "api_key_revoked"
    ? keyRevoked
    : {};
  if (because !== null && Object.hasOwn(why, because)) return why[because] ?? events.other;
  return Object.hasOwn(events, event) ? events[event as keyof typeof events] : events.other;
}
