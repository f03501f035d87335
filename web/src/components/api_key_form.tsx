/**
 * What a new API key shall be: its name, what it may do, and for how long.
 *
 * It must never tick for the person: a key gets what was chosen, and nothing by default.
 */
import { createSignal, createUniqueId, For, onMount, Show } from "solid-js";
import type { ApiKeys, NewApiKey } from "../../../supabase/functions/_shared/contract/account.ts";
import { language, text } from "../text/index.ts";
import { visibleText } from "../visible_text.ts";
import { Alert } from "./alert.tsx";
import { byNoun } from "./scope_list.tsx";

/** Why there is no key yet. */
export type KeyRefusal = "noName" | "noScope" | "key_limit" | "refused" | "lost";

const DAYS = [7, 30, 90, 365];
const USUAL_DAYS = 30;
const LONGEST_NAME = 60;

export function ApiKeyForm(props: {
  resources: ApiKeys["resources"];
  busy: boolean;
  /** Answers why it was not made, or null: made, or said elsewhere. */
  onMake: (asked: NewApiKey) => Promise<KeyRefusal | null>;
  onCancel: () => void;
}) {
  const id = createUniqueId();
  const [resource, setResource] = createSignal(props.resources[0]?.resource ?? "");
  const [ticked, setTicked] = createSignal<ReadonlySet<string>>(new Set());
  const [days, setDays] = createSignal(USUAL_DAYS);
  const [alert, setAlert] = createSignal<KeyRefusal | null>(null);
  let name!: HTMLInputElement;
  let scopes!: HTMLFieldSetElement;

  // The list itself may be replaced while the form is open.
  const offered = () => props.resources.find((one) => one.resource === resource())?.scopes ?? [];
  const written = (days: number) =>
    new Intl.NumberFormat(language(), { style: "unit", unit: "day", unitDisplay: "long" }).format(days);

  function tick(scope: string, now: boolean) {
    const next = new Set(ticked());
    if (now) next.add(scope);
    else next.delete(scope);
    setTicked(next);
  }

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    setAlert(null);
    const asked = name.value.trim();
    if (asked === "") {
      setAlert("noName");
      return name.focus();
    }
    if (ticked().size === 0) {
      setAlert("noScope");
      return scopes.querySelector("input")?.focus();
    }
    const scopesAsked = offered().map((scope) => scope.name).filter((scope) => ticked().has(scope));
    const why = await props.onMake({ name: asked, resource: resource(), scopes: scopesAsked, days: days() });
    setAlert(why);
    if (why === "refused") name.select();
  }

  onMount(() => name.focus());

  return (
    <form
      class="sign-in"
      method="post"
      onSubmit={submit}
      onKeyDown={(event) => event.key === "Escape" && !props.busy && props.onCancel()}
    >
      <label for={`${id}-name`}>{text().keys.name}</label>
      <p class="hint" id={`${id}-hint`}>{text().keys.nameHint}</p>
      <input
        ref={name}
        id={`${id}-name`}
        type="text"
        maxlength={LONGEST_NAME}
        autocomplete="off"
        aria-describedby={`${id}-hint`}
        required
      />
      <Show when={props.resources.length > 1}>
        <label for={`${id}-resource`}>{text().keys.resource}</label>
        <select
          id={`${id}-resource`}
          onChange={(event) => {
            setResource(event.currentTarget.value);
            setTicked(new Set<string>());
          }}
        >
          <For each={props.resources}>
            {(one) => (
              <option value={one.resource} selected={one.resource === resource()}>
                {visibleText(one.name)} ({visibleText(one.resource, 2048)})
              </option>
            )}
          </For>
        </select>
      </Show>
      <fieldset class="scopes" ref={scopes}>
        <legend>{text().keys.scopes}</legend>
        <Alert text={alert() === "noScope" ? said("noScope") : null} />
        <For each={byNoun(offered())}>
          {(group) => (
            <div class="noun">
              <For each={group}>
                {(scope) => (
                  <div class="scope">
                    <input
                      type="checkbox"
                      id={`${id}-${scope.name}`}
                      checked={ticked().has(scope.name)}
                      onChange={(event) => tick(scope.name, event.currentTarget.checked)}
                    />
                    <div>
                      <label for={`${id}-${scope.name}`}>{scope.description[language()]}</label>
                    </div>
                  </div>
                )}
              </For>
            </div>
          )}
        </For>
      </fieldset>
      <label for={`${id}-days`}>{text().keys.lasts}</label>
      <select id={`${id}-days`} onChange={(event) => setDays(Number(event.currentTarget.value))}>
        <For each={DAYS}>
          {(days) => <option value={days} selected={days === USUAL_DAYS}>{written(days)}</option>}
        </For>
      </select>
      <div class="actions">
        <button type="submit" class="primary" disabled={props.busy}>{text().keys.submit}</button>
        <button type="button" disabled={props.busy} onClick={() => props.onCancel()}>
          {text().account.cancel}
        </button>
      </div>
      <Alert text={alert() === "noScope" ? null : said(alert())} />
    </form>
  );
}

function said(why: KeyRefusal | null): string | null {
  return why === null ? null : text().keys[why];
}
