/**
 * The question itself: what one client asks of one person.
 *
 * It must never send a scope that is not ticked, and never decide twice.
 */
import { createMemo, createSignal, For, Show } from "solid-js";
import type { Interaction } from "../../../supabase/functions/_shared/contract/interaction.ts";
import { text } from "../text/index.ts";
import { visibleText } from "../visible_text.ts";
import { Alert } from "./alert.tsx";
import { Heading } from "./heading.tsx";
import { RequestFacts } from "./request_facts.tsx";
import { firstTicked, ScopeList } from "./scope_list.tsx";

export function ConsentForm(props: {
  interaction: Interaction;
  busy: boolean;
  alert: string | null;
  onDecide: (decision: "approve" | "deny", scopes: readonly string[]) => void;
  onNotYou: () => void;
}) {
  const [ticked, setTicked] = createSignal(firstTicked(props.interaction.scopes));
  const name = createMemo(() => visibleText(props.interaction.client.name));
  const chosen = () =>
    props.interaction.scopes.map((scope) => scope.name).filter((scope) => ticked().has(scope));

  function tick(scope: string, on: boolean) {
    const next = new Set(ticked());
    if (on) next.add(scope);
    else next.delete(scope);
    setTicked(next);
  }

  return (
    <>
      <Heading title={name() + text().consent.asks}>
        <bdi>{name()}</bdi>
        {text().consent.asks}
      </Heading>
      <RequestFacts interaction={props.interaction} disabled={props.busy} onNotYou={props.onNotYou} />
      <ScopeList scopes={props.interaction.scopes} ticked={ticked()} disabled={props.busy} onTick={tick} />
      <Details details={props.interaction.authorization_details} />
      <Alert text={props.alert} />
      <p id="pick-one" class="outcome" role="status">{chosen().length === 0 ? text().consent.pickOne : ""}</p>
      <div class="actions">
        <button
          type="button"
          class="primary"
          disabled={props.busy || chosen().length === 0}
          aria-describedby="pick-one"
          onClick={() => props.onDecide("approve", chosen())}
        >
          {text().consent.allow}
        </button>
        <button type="button" disabled={props.busy} onClick={() => props.onDecide("deny", [])}>
          {text().consent.deny}
        </button>
      </div>
    </>
  );
}

/** Nobody may say yes to what was not shown: details without a form of their own appear as they came. */
function Details(props: { details: readonly unknown[] }) {
  return (
    <Show when={props.details.length > 0}>
      <section class="details">
        <h2>{text().consent.details}</h2>
        <For each={props.details}>
          {(detail) => (
            <pre tabindex="0">{JSON.stringify(detail, null, 2).split("\n").map((line) => visibleText(line, 4096)).join("\n")}</pre>
          )}
        </For>
      </section>
    </Show>
  );
}
