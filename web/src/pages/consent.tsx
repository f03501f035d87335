/**
 * `/consent?request=<id>`: signs the person in, asks, and leaves for the authorization server.
 *
 * It must never decide on its own, nor leave for an address outside the authorization server.
 */
import { Match, Switch } from "solid-js";
import type { PublicConfig } from "../../../supabase/functions/_shared/contract/config.ts";
import type {
  AuthorizationDetail,
  Interaction,
  InteractionDecision,
} from "../../../supabase/functions/_shared/contract/interaction.ts";
import { decideInteraction, fetchInteraction } from "../api.ts";
import { ConsentForm } from "../components/consent_form.tsx";
import { Heading } from "../components/heading.tsx";
import { Loading } from "../components/loading.tsx";
import { isContinueTo } from "../continue_to.ts";
import { text } from "../text/index.ts";
import { ErrorPage } from "./error.tsx";
import { createPersonPage, type SharedAlert } from "./person_page.ts";
import { SignInPage } from "./sign_in.tsx";

type Decision = InteractionDecision["decision"];

type View =
  | { readonly kind: "ask"; readonly interaction: Interaction }
  | { readonly kind: "leaving" };

export function ConsentPage(props: { config: PublicConfig; request: string }) {
  const returnTo = `${location.origin}/consent?request=${encodeURIComponent(props.request)}`;
  const page = createPersonPage<View>(props.config, returnTo, async (person) => {
    const answer = await fetchInteraction(props.config, props.request, person.accessToken);
    if (answer.kind === "ok") page.show({ kind: "ask", interaction: answer.value });
    else await page.failed(answer);
  });

  async function decide(
    interaction: Interaction,
    decision: Decision,
    scopes: readonly string[],
    chosen: readonly AuthorizationDetail[],
  ) {
    const session = await page.acting(interaction.user.id);
    if (session === null) return;
    const details = decision === "approve" ? { authorization_details: chosen } : {};
    const body = { decision, scopes, ...details };
    const answer = await page.done(
      await decideInteraction(props.config, props.request, session.accessToken, body),
    );
    if (answer === null) return;
    if (!isContinueTo(answer.value?.continue_to, props.config.public_url)) return page.stop("unsafe");
    page.show({ kind: "leaving" });
    location.assign(answer.value.continue_to);
  }

  return (
    <Switch fallback={<Loading />}>
      <Match when={page.when("sign_in")}>
        {(now) => (
          <SignInPage
            config={props.config}
            sessions={page.sessions}
            notice={now().notice}
            returnTo={page.returnTo}
            onSignedIn={() => void page.act(page.load)}
          />
        )}
      </Match>
      <Match when={page.when("ask")}>
        {(now) => (
          <ConsentForm
            interaction={now().interaction}
            busy={page.busy()}
            alert={said(page.alert())}
            onDecide={(decision, scopes, details) =>
              void page.act(() => decide(now().interaction, decision, scopes, details))}
            onNotYou={() => void page.act(() => page.signInAgain(null))}
          />
        )}
      </Match>
      <Match when={page.when("leaving")}>
        <Heading title={text().consent.going} />
        <p class="lead">{text().consent.goingNote}</p>
      </Match>
      <Match when={page.when("stopped")}>
        {(now) => <ErrorPage problem={now().problem} onRetry={() => void page.act(page.load)} />}
      </Match>
    </Switch>
  );
}

function said(alert: SharedAlert | null): string | null {
  if (alert === null) return null;
  return alert === "unreachable" ? text().unreachable : text().consent.otherPerson;
}
