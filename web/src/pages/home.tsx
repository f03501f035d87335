/** What this server is, and the address to give to an MCP client. */
import { createSignal } from "solid-js";
import type { PublicConfig } from "../../../supabase/functions/_shared/contract/config.ts";
import { Heading } from "../components/heading.tsx";
import { text } from "../text/index.ts";

export function HomePage(props: { config: PublicConfig }) {
  const [outcome, setOutcome] = createSignal<"" | "copied" | "notCopied">("");
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

  return (
    <>
      <Heading title={text().home.title} />
      <p class="lead">{text().home.lead}</p>
      <h2 id="address">{text().home.address}</h2>
      <div class="address">
        <code aria-labelledby="address">{address()}</code>
        <button type="button" class="primary" onClick={copy}>{text().home.copy}</button>
      </div>
      <p class="outcome" role="status">{said(outcome())}</p>
      <p class="hint">{text().home.hint}</p>
    </>
  );
}

function said(outcome: "" | "copied" | "notCopied"): string {
  return outcome === "" ? "" : text().home[outcome];
}
