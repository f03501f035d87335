/**
 * A button for what cannot be taken back: it asks first, in its own place.
 *
 * The question takes the focus, never the yes: pressing Enter twice must not do it.
 */
import { createSignal, createUniqueId, Show } from "solid-js";
import { text } from "../text/index.ts";

export function Confirmed(props: {
  label: string;
  /** The accessible name, where the label alone would not say of what. */
  name?: string;
  question: string;
  yes: string;
  busy: boolean;
  onConfirm: () => void;
}) {
  const id = createUniqueId();
  const [asking, setAsking] = createSignal(false);
  let button: HTMLButtonElement | undefined;

  function cancel() {
    setAsking(false);
    button?.focus();
  }

  return (
    <Show
      when={asking()}
      fallback={
        <button
          ref={button}
          type="button"
          class="danger"
          aria-label={props.name}
          disabled={props.busy}
          onClick={() => setAsking(true)}
        >
          {props.label}
        </button>
      }
    >
      <div
        class="confirm"
        role="group"
        aria-labelledby={id}
        onKeyDown={(event) => event.key === "Escape" && !props.busy && cancel()}
      >
        <p id={id} tabindex="-1" ref={(question) => queueMicrotask(() => question.focus())}>
          {props.question}
        </p>
        <button type="button" class="danger" disabled={props.busy} onClick={() => props.onConfirm()}>
          {props.yes}
        </button>
        <button type="button" disabled={props.busy} onClick={cancel}>{text().account.cancel}</button>
      </div>
    </Show>
  );
}
