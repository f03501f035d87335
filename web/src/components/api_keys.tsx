/**
 * A person's API keys: each with what it may do and a way to end it, and the making of another.
 *
 * A key is here from the answer that makes it to "Done", to leaving, or to the end of this component, in one signal and one
 * field. It must never get into the address, a storage or the browser's memory of forms.
 */
import { createSignal, For, Match, onCleanup, onMount, Show, Switch } from "solid-js";
import type { ApiKey, ApiKeys, NewApiKey } from "../../../supabase/functions/_shared/contract/account.ts";
import { language, text } from "../text/index.ts";
import { visibleText } from "../visible_text.ts";
import { ApiKeyForm, type KeyRefusal } from "./api_key_form.tsx";
import { Confirmed } from "./confirmed.tsx";
import { Instant } from "./instant.tsx";
import { MadeKey } from "./made_key.tsx";
import { sentence } from "./sentence.tsx";

/** What came of it. Null when the page itself says it. */
export type Making =
  | { readonly kind: "made"; readonly key: string }
  | { readonly kind: "refused"; readonly why: KeyRefusal }
  | null;

/** A key that is being shown. */
interface Made {
  readonly key: string;
  readonly name: string;
  readonly resource: string;
}

export function ApiKeyList(props: {
  own: ApiKeys;
  busy: boolean;
  onMake: (asked: NewApiKey) => Promise<Making>;
  /** Answers whether the key is gone. */
  onRevoke: (key: ApiKey) => Promise<boolean>;
}) {
  const [gone, setGone] = createSignal<string | null>(null);
  const [asking, setAsking] = createSignal(false);
  const [made, setMade] = createSignal<Made | null>(null);
  let heading!: HTMLHeadingElement;
  let open: HTMLButtonElement | undefined;

  const forget = () => setMade(null);
  // Also a page that the browser keeps for the Back button must not hold it.
  onMount(() => addEventListener("pagehide", forget));
  onCleanup(() => removeEventListener("pagehide", forget));

  async function revoke(key: ApiKey) {
    setGone(null);
    if (!await props.onRevoke(key)) return;
    setGone(key.name);
    // Its row and the button in it are gone: keyboard and screen reader go on from the list's name.
    heading.focus();
  }

  async function make(asked: NewApiKey): Promise<KeyRefusal | null> {
    setGone(null);
    const making = await props.onMake(asked);
    if (making?.kind !== "made") return making?.why ?? null;
    setAsking(false);
    setMade({
      key: making.key,
      name: asked.name,
      resource: asked.resource ?? props.own.resources[0]?.resource ?? "",
    });
    return null;
  }

  return (
    <section>
      <h2 ref={heading} tabindex="-1">{text().keys.title}</h2>
      <p class="hint">{text().keys.lead}</p>
      <p class="outcome" role="status">
        {gone() === null ? "" : sentence(text().keys.revoked, gone() ?? "")}
      </p>
      <Show when={props.own.keys.length > 0} fallback={<p class="hint">{text().keys.none}</p>}>
        <ul class="rows">
          <For each={props.own.keys}>
            {(key) => (
              <Key
                key={key}
                resources={props.own.resources}
                busy={props.busy}
                onRevoke={() => void revoke(key)}
              />
            )}
          </For>
        </ul>
      </Show>
      <Switch>
        <Match when={made()}>
          {(shown) => (
            <MadeKey
              {...shown()}
              onDone={() => {
                forget();
                heading.focus();
              }}
            />
          )}
        </Match>
        <Match when={asking()}>
          <ApiKeyForm
            resources={props.own.resources}
            busy={props.busy}
            onMake={make}
            onCancel={() => {
              setAsking(false);
              open?.focus();
            }}
          />
        </Match>
        <Match when={props.own.resources.length > 0}>
          <button
            ref={open}
            type="button"
            disabled={props.busy}
            onClick={() => {
              setGone(null);
              setAsking(true);
            }}
          >
            {text().keys.open}
          </button>
        </Match>
      </Switch>
    </section>
  );
}

function Key(props: { key: ApiKey; resources: ApiKeys["resources"]; busy: boolean; onRevoke: () => void }) {
  const resource = () => props.resources.find(({ resource }) => resource === props.key.resource);
  /** In words, unless the resource offers it no more. */
  const meaning = (name: string) =>
    resource()?.scopes.find((scope) => scope.name === name)?.description[language()] ?? visibleText(name);
  return (
    <li>
      <h3>
        <bdi>{visibleText(props.key.name)}</bdi>
      </h3>
      <p>
        {text().keys.made} <Instant at={props.key.created_at} />
        {" · "}
        <Show when={props.key.last_used_at} fallback={text().keys.neverUsed}>
          {(at) => (
            <>
              {text().keys.lastUsed} <Instant at={at()} />
            </>
          )}
        </Show>
        {" · "}
        {text().keys.ends} <Instant at={props.key.expires_at} />
      </p>
      <Show when={props.resources.length > 1}>
        <p>
          <bdi>{visibleText(props.key.resource, 2048)}</bdi>
        </p>
      </Show>
      <ul>
        <For each={props.key.scopes}>{(name) => <li>{meaning(name)}</li>}</For>
      </ul>
      <Confirmed
        label={text().keys.revoke}
        name={sentence(text().keys.revokeKey, props.key.name)}
        question={sentence(text().keys.revokeSure, props.key.name)}
        yes={text().keys.revokeYes}
        busy={props.busy}
        onConfirm={props.onRevoke}
      />
    </li>
  );
}
