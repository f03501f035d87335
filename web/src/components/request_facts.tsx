/**
 * Who asks, where the browser goes next, and as whom: the facts a person needs in plain sight.
 *
 * Whatever the client said about itself must pass `visibleText`, and be rendered as text only.
 */
import { Show } from "solid-js";
import type { Interaction } from "../../../supabase/functions/_shared/contract/interaction.ts";
import { text } from "../text/index.ts";
import { visibleText } from "../visible_text.ts";

// A host is never cut at its end: the end is the part that tells whose it is.
const longest = 2048;

export function RequestFacts(props: { interaction: Interaction; disabled: boolean; onNotYou: () => void }) {
  const user = () => props.interaction.user;
  const note = () =>
    text().consent[props.interaction.client.borrowed_name ? "borrowedNameNote" : "unverifiedNote"];
  return (
    <>
      <Show when={!props.interaction.client.verified}>
        <p class="note">
          <strong>{text().consent.unverified}</strong>
          <span>{note()}</span>
        </p>
      </Show>
      <dl class="facts">
        <dt>{text().consent.app}</dt>
        <dd>
          <Show when={props.interaction.client.host} fallback={<em>{text().consent.noHost}</em>}>
            {(host) => <bdi>{visibleText(host(), longest)}</bdi>}
          </Show>
        </dd>
        <dt>{text().consent.sentTo}</dt>
        <dd>
          <bdi>{visibleText(props.interaction.redirect_host, longest)}</bdi>
          <Show when={props.interaction.loopback}>
            <span class="tag">{text().consent.loopback}</span>
          </Show>
        </dd>
        <dt>{text().consent.access}</dt>
        <dd>
          <bdi>{visibleText(props.interaction.resource, longest)}</bdi>
        </dd>
        <dt>{text().consent.signedInAs}</dt>
        <dd>
          <bdi>{visibleText(user().email ?? user().name ?? user().id, 254)}</bdi>
          <button type="button" class="quiet" disabled={props.disabled} onClick={() => props.onNotYou()}>
            {text().consent.notYou}
          </button>
        </dd>
      </dl>
    </>
  );
}
