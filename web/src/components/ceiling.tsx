/**
 * The limit of one scope: how much an app may do with it, which the person can lower and never raise.
 *
 * It must show the amount in the unit that people write, and hand on minor units.
 */
import { createUniqueId, For, Show } from "solid-js";
import type { AuthorizationDetail } from "../../../supabase/functions/_shared/contract/interaction.ts";
import { language, text } from "../text/index.ts";
import { visibleText } from "../visible_text.ts";
import { fractionDigits, toMinor, toWritten } from "../amount.ts";

export function Ceiling(props: {
  /** As the app asks. */
  asked: AuthorizationDetail;
  disabled: boolean;
  /** The chosen amount in minor units, or null while what is written is none. */
  onChoose: (maxAmount: number | null) => void;
  wrong: boolean;
}) {
  const id = createUniqueId();
  const currency = () => visibleText(props.asked.currency, 3);
  const digits = () => fractionDigits(props.asked.currency);
  const formatted = () =>
    new Intl.NumberFormat(language(), { style: "currency", currency: props.asked.currency })
      .format(props.asked.maxAmount / 10 ** digits());
  return (
    <div class="ceiling">
      <label for={id}>{text().consent.ceiling} ({currency()})</label>
      <input
        type="number"
        id={id}
        inputmode="decimal"
        min="0"
        max={toWritten(props.asked.maxAmount, digits())}
        step={1 / 10 ** digits()}
        value={toWritten(props.asked.maxAmount, digits())}
        disabled={props.disabled}
        aria-invalid={props.wrong}
        aria-describedby={`${id}-more`}
        onInput={(event) =>
          props.onChoose(toMinor(event.currentTarget.value, digits(), props.asked.maxAmount))}
      />
      <p id={`${id}-more`}>
        <span>{text().consent.ceilingAsked} {formatted()}</span>{" "}
        <Show when={props.wrong}>
          <strong>{text().consent.ceilingWrong}</strong>
        </Show>
        <span>{text().consent.actions}</span>
        <For each={props.asked.actions}>{(action) => <code>{visibleText(action)}</code>}</For>
      </p>
    </div>
  );
}
