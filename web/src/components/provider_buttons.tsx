/** One button per sign-in provider that this server has. */
import { Show } from "solid-js";
import type { Provider } from "../session.ts";
import { text } from "../text/index.ts";

export function ProviderButtons(props: {
  providers: readonly string[];
  disabled: boolean;
  onChoose: (provider: Provider) => void;
}) {
  return (
    <Show when={props.providers.includes("google") || props.providers.includes("custom:line")}>
      <div class="providers">
        <Show when={props.providers.includes("google")}>
          <button type="button" disabled={props.disabled} onClick={() => props.onChoose("google")}>
            {text().signIn.google}
          </button>
        </Show>
        <Show when={props.providers.includes("custom:line")}>
          <button type="button" disabled={props.disabled} onClick={() => props.onChoose("custom:line")}>
            {text().signIn.line}
          </button>
        </Show>
      </div>
    </Show>
  );
}
