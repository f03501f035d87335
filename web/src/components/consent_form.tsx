/**
 * The question itself: what one client asks of one person.
 *
 * It must never send a scope that is not ticked, and never decide twice.
 */
import { createMemo, createSignal, For, Show } from "solid-js";
import type {
  AuthorizationDetail,
  Interaction,
} from "../../../supabase/functions/_shared/contract/interaction.ts";
import { language, text } from "../text/index.ts";
import { visibleText } from "../visible_text.ts";
import { Alert } from "./alert.tsx";
import { Heading } from "./heading.tsx";
import { RequestFacts } from "./request_facts.tsx";
import { firstTicked, newScopes, ScopeList } from "./scope_list.tsx";

export function ConsentForm(props: {
  interaction: Interaction;
  busy: boolean;
  alert: string | null;
  onDecide: (
    decision: "approve" | "deny",
    scopes: readonly string[],
    details: readonly AuthorizationDetail[],
  ) => void;
  onNotYou: () => void;
}) {
  const [ticked, setTicked] = createSignal(firstTicked(props.interaction.scopes));
  /** By type: the amount chosen, or null while what is written is none. */
  const [amounts, setAmounts] = createSignal<ReadonlyMap<string, number | null>>(
    new Map(props.interaction.authorization_details.map(({ type, maxAmount }) => [type, maxAmount])),
  );
  const name = createMemo(() => visibleText(props.interaction.client.name));
  const chosen = () =>
    props.interaction.scopes.map((scope) => scope.name).filter((scope) => ticked().has(scope));
  /** What is new and not ticked: nobody may believe that Allow gives it. */
  const keptBack = () => newScopes(props.interaction.scopes).filter(({ name }) => !ticked().has(name));
  const limited = () => props.interaction.scopes.flatMap(({ limited_by }) => limited_by ?? []);
  const details = (): readonly AuthorizationDetail[] =>
    props.interaction.authorization_details.map((asked) => ({
      ...asked,
      maxAmount: amounts().get(asked.type) ?? 0,
    }));
  /** A limit that cannot be read, of a scope that is given: nobody can say what is allowed. */
  const unclear = () =>
    props.interaction.scopes.some(({ name, limited_by }) =>
      ticked().has(name) && limited_by !== null && amounts().get(limited_by) === null
    );

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
      <Show when={newScopes(props.interaction.scopes).length > 0}>
        <p class="note">
          <strong>{text().consent.newAsked}</strong>
          <span>{text().consent.newNote}</span>
        </p>
      </Show>
      <ScopeList
        scopes={props.interaction.scopes}
        details={props.interaction.authorization_details}
        amounts={amounts()}
        ticked={ticked()}
        disabled={props.busy}
        onTick={tick}
        onChoose={(type, amount) => setAmounts(new Map(amounts()).set(type, amount))}
      />
      <Details
        details={props.interaction.authorization_details.filter(({ type }) => !limited().includes(type))}
      />
      <div id="outcome" class="outcome" role="status">
        <Show when={chosen().length === 0}>
          <p>{text().consent.pickOne}</p>
        </Show>
        <Show when={chosen().length > 0 && keptBack().length > 0}>
          <p>{text().consent.keptBack}</p>
          <ul>
            <For each={keptBack()}>{(scope) => <li>{scope.description[language()]}</li>}</For>
          </ul>
        </Show>
      </div>
      <div class="actions">
        <button
          type="button"
          class="primary"
          disabled={props.busy || chosen().length === 0 || unclear()}
          aria-describedby="outcome"
          onClick={() => props.onDecide("approve", chosen(), details())}
        >
          {text().consent.allow}
        </button>
        <button type="button" disabled={props.busy} onClick={() => props.onDecide("deny", [], [])}>
          {text().consent.deny}
        </button>
      </div>
      {/* Last: what comes late must not move a button under a finger. */}
      <Alert text={props.alert} />
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
