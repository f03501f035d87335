/** One checkbox per scope, named by its description, with the tools that it opens beneath. */
import { createUniqueId, For, Show } from "solid-js";
import type { InteractionScope } from "../../../supabase/functions/_shared/contract/interaction.ts";
import { language, text } from "../text/index.ts";

/** What is ticked at first: an earlier yes is repeated, and what is new waits for the person. */
export function firstTicked(scopes: readonly InteractionScope[]): ReadonlySet<string> {
  const earlier = scopes.filter((scope) => scope.earlier);
  return new Set((earlier.length > 0 ? earlier : scopes).map((scope) => scope.name));
}

export function ScopeList(props: {
  scopes: readonly InteractionScope[];
  ticked: ReadonlySet<string>;
  disabled: boolean;
  onTick: (name: string, ticked: boolean) => void;
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
              </div>
            </div>
          );
        }}
      </For>
    </fieldset>
  );
}
