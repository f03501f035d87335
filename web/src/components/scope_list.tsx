/** One checkbox per scope, named by its description, with the tools that it opens beneath. */
import { createUniqueId, For, Show } from "solid-js";
import type {
  AuthorizationDetail,
  InteractionScope,
} from "../../../supabase/functions/_shared/contract/interaction.ts";
import { language, text } from "../text/index.ts";
import { Ceiling } from "./ceiling.tsx";

/** What is ticked at first: an earlier yes is repeated, and what is new waits for the person. */
export function firstTicked(scopes: readonly InteractionScope[]): ReadonlySet<string> {
  const earlier = scopes.filter((scope) => scope.earlier);
  return new Set((earlier.length > 0 ? earlier : scopes).map((scope) => scope.name));
}

export function ScopeList(props: {
  scopes: readonly InteractionScope[];
  details: readonly AuthorizationDetail[];
  amounts: ReadonlyMap<string, number | null>;
  ticked: ReadonlySet<string>;
  disabled: boolean;
  onTick: (name: string, ticked: boolean) => void;
  onChoose: (type: string, maxAmount: number | null) => void;
}) {
  const anyEarlier = () => props.scopes.some((scope) => scope.earlier);
  return (
    <fieldset class="scopes" disabled={props.disabled}>
      <legend>{text().consent.scopes}</legend>
      <For each={props.scopes}>
        {(scope) => {
          const id = createUniqueId();
          return (
            <div class="scope">
              <input
                type="checkbox"
                id={id}
                aria-describedby={`${id}-more`}
                checked={props.ticked.has(scope.name)}
                onChange={(event) => props.onTick(scope.name, event.currentTarget.checked)}
              />
              <div>
                <label for={id}>{scope.description[language()]}</label>
                <p id={`${id}-more`}>
                  <Show when={anyEarlier() && !scope.earlier}>
                    <span class="tag new">{text().consent.isNew}</span>
                  </Show>
                  <Show when={scope.tools.length > 0}>
                    <span>{text().consent.tools}</span>
                    <For each={scope.tools}>{(tool) => <code>{tool}</code>}</For>
                  </Show>
                </p>
                <Show when={props.details.find(({ type }) => type === scope.limited_by)}>
                  {(detail) => (
                    <Ceiling
                      asked={detail()}
                      disabled={!props.ticked.has(scope.name)}
                      wrong={props.amounts.get(detail().type) === null}
                      onChoose={(amount) => props.onChoose(detail().type, amount)}
                    />
                  )}
                </Show>
              </div>
            </div>
          );
        }}
      </For>
    </fieldset>
  );
}
