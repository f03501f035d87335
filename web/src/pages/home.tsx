/** What this server is, the address to give to an MCP client, and what clients may ask for. */
import { createSignal, For, onMount, Show } from "solid-js";
import type { PublicConfig } from "../../../supabase/functions/_shared/contract/config.ts";
import { fetchTools, type ListedTool } from "../api.ts";
import { ClientSteps } from "../components/client_steps.tsx";
import { Heading } from "../components/heading.tsx";
import { text } from "../text/index.ts";
import { visibleText } from "../visible_text.ts";

export function HomePage(props: { config: PublicConfig }) {
  const [outcome, setOutcome] = createSignal<"" | "copied" | "notCopied">("");
  const [tools, setTools] = createSignal<readonly ListedTool[]>([]);
  const address = () => `${props.config.public_url}/mcp`;

  async function copy() {
    try {
      await navigator.clipboard.writeText(address());
      setOutcome("copied");
    } catch {
      // Without a secure context, or with the permission refused, there is no clipboard.
      setOutcome("notCopied");
    }
  }

  onMount(async () => {
    const answer = await fetchTools(props.config);
    // A list that is missing is no reason to alarm anybody: the address above works without it.
    if (answer.kind === "ok" && Array.isArray(answer.value.tools)) setTools(answer.value.tools);
  });

  return (
    <>
      <Heading title={text().home.title} />
      <p class="lead">{text().home.lead}</p>
      <h2 id="address">{text().home.address}</h2>
      <div class="address">
        <code>{address()}</code>
        <button type="button" class="primary" aria-describedby="address" onClick={copy}>
          {text().home.copy}
        </button>
      </div>
      <p class="outcome" role="status">{said(outcome())}</p>
      <h2>{text().home.clients}</h2>
      <p class="hint">{text().home.hint}</p>
      <ClientSteps address={address()} />
      <h2>{text().home.account}</h2>
      <p class="hint">
        {text().home.accountHint} <a href="/account">{text().home.toAccount}</a>
      </p>
      <Show when={tools().length > 0}>
        <h2>{text().home.tools}</h2>
        <ul class="tools">
          <For each={tools()}>
            {(tool) => (
              <li lang="en">
                <strong>{visibleText(tool.title ?? tool.name)}</strong>
                <Show when={tool.scope}>{(scope) => <code>{visibleText(scope())}</code>}</Show>
                <p>{visibleText(tool.description, 400)}</p>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </>
  );
}

function said(outcome: "" | "copied" | "notCopied"): string {
  return outcome === "" ? "" : text().home[outcome];
}
