/**
 * One checkbox per scope, named by its description, with the tools that it opens beneath; scopes of one noun together.
 *
 * It must never tick for the person what this app was not given before, once it was given anything.
 */
import { createUniqueId, For, Show } from "solid-js";
import type {
  AuthorizationDetail,
  InteractionScope,
} from "../../../supabase/functions/_shared/contract/interaction.ts";
import { language, text } from "../text/index.ts";
import { visibleText } from "../visible_text.ts";
import { Ceiling } from "./ceiling.tsx";

/** What is ticked at first: an earlier yes is repeated, and what is new waits for the person. */
export function firstTicked(scopes: readonly InteractionScope[]): ReadonlySet<string> {
  const earlier = scopes.filter((scope) => scope.earlier);
  return new Set((earlier.length > 0 ? earlier : scopes).map((scope) => scope.name));
}

/** What the app was not given before, when it was given anything: nothing is new to an app that is new itself. */
export function newScopes(scopes: readonly InteractionScope[]): readonly InteractionScope[] {
  return scopes.some((scope) => scope.earlier) ? scopes.filter((scope) => !scope.earlier) : [];
}

/** Scopes of one noun, `<noun>:<read|write>`, in the order in which the nouns were asked for. */
export function byNoun<Scope extends { readonly name: string }>(
  scopes: readonly Scope[],
): readonly (readonly Scope[])[] {
  const noun = ({ name }: Scope) => name.split(":")[0];
  return [...new Set(scopes.map(noun))].map((one) => scopes.filter((scope) => noun(scope) === one));
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
  const isNew = (scope: InteractionScope) => newScopes(props.scopes).includes(scope);
  return (
    <fieldset class="scopes" disabled={props.disabled}>
      <legend>{text().consent.scopes}</legend>
      <For each={byNoun(props.scopes)}>
        {(group) => (
          <div class="noun">
            <For each={group}>
              {(scope) => {
                const id = createUniqueId();
                return (
                  <div class="scope" classList={{ new: isNew(scope) }}>
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
                        <Show when={isNew(scope)}>
                          <span class="tag new">{text().consent.isNew}</span>
                        </Show>
                        <Show when={scope.tools.length > 0}>
                          <span>{text().consent.tools}</span>
                          <For each={scope.tools}>{(tool) => <code>{visibleText(tool)}</code>}</For>
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
          </div>
        )}
      </For>
    </fieldset>
  );
}
