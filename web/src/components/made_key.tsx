/**
 * A key that was just made, to be copied now.
 *
 * The field must stay one that no browser remembers: without a name, and with completion off, which also keeps it out of
 * the form state that a browser stores with its history.
 */
import { createSignal, createUniqueId, onMount } from "solid-js";
import { text } from "../text/index.ts";
import { visibleText } from "../visible_text.ts";
import { Sentence } from "./sentence.tsx";

const HEADER = "X-API-Key";

export function MadeKey(props: { key: string; name: string; resource: string; onDone: () => void }) {
  const id = createUniqueId();
  const [outcome, setOutcome] = createSignal<"" | "copied" | "notCopied">("");
  let heading!: HTMLHeadingElement;
  let field!: HTMLInputElement;

  async function copy() {
    try {
      await navigator.clipboard.writeText(props.key);
      setOutcome("copied");
    } catch {
      // Without a secure context, or with the permission refused, there is no clipboard.
      field.select();
      setOutcome("notCopied");
    }
  }

  onMount(() => heading.focus());

  return (
    <div role="group" aria-labelledby={`${id}-title`}>
      <h3 id={`${id}-title`} ref={heading} tabindex="-1">
        <span>
          <Sentence pattern={text().keys.ready} app={props.name} />
        </span>
      </h3>
      <p class="note">{text().keys.once}</p>
      <label class="hint" for={id} id={`${id}-key`}>{text().keys.key}</label>
      <div class="address">
        <input
          ref={field}
          id={id}
          type="text"
          readonly
          autocomplete="off"
          spellcheck={false}
          value={props.key}
          onFocus={(event) => event.currentTarget.select()}
        />
        <button type="button" class="primary" aria-describedby={`${id}-key`} onClick={copy}>
          {text().home.copy}
        </button>
      </div>
      <p class="outcome" role="status">{said(outcome())}</p>
      <p class="hint">
        {text().keys.use} <code>{HEADER}</code>
      </p>
      <p class="hint">
        {text().keys.at} <code>{visibleText(props.resource, 2048)}</code>
      </p>
      <div class="actions">
        <button type="button" onClick={() => props.onDone()}>{text().keys.done}</button>
      </div>
    </div>
  );
}

function said(outcome: "" | "copied" | "notCopied"): string {
  if (outcome === "") return "";
  return outcome === "copied" ? text().home.copied : text().keys.notCopied;
}
