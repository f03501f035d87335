/** A sentence that must be noticed now. Its text must be ours, never a server's or a stranger's. */
import { Show } from "solid-js";

export function Alert(props: { text: string | null }) {
  return (
    <div role="alert">
      <Show when={props.text}>
        <p class="alert">{props.text}</p>
      </Show>
    </div>
  );
}
