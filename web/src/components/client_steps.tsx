/**
 * How to add this server to the clients that people have: a few words each, and a link where a client takes one.
 *
 * A client on somebody's server cannot reach a server on this computer: that is said, not left to be found out.
 */
import { type JSX, Show } from "solid-js";
import { claudeCodeCommand, cursorLink, INSPECTOR_COMMAND, vsCodeLink } from "../install_links.ts";
import { text } from "../text/index.ts";

export function ClientSteps(props: { address: string }) {
  const local = () => /^http:/.test(props.address);
  return (
    <>
      <Show when={local()}>
        <p class="note">{text().home.local}</p>
      </Show>
      <dl class="clients">
        <Client name="Claude">{text().home.claude}</Client>
        <Client name="Claude Code">
          {text().home.claudeCode}
          <code>{claudeCodeCommand(props.address)}</code>
        </Client>
        <Client name="ChatGPT">{text().home.chatgpt}</Client>
        <Client name="Cursor">
          <a href={cursorLink(props.address)}>{text().home.cursor}</a>
        </Client>
        <Client name="VS Code">
          <a href={vsCodeLink(props.address)}>{text().home.vsCode}</a>
        </Client>
        <Client name="MCP Inspector">
          {text().home.inspector}
          <code>{INSPECTOR_COMMAND}</code>
        </Client>
      </dl>
    </>
  );
}

function Client(props: { name: string; children: JSX.Element }) {
  return (
    <>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </>
  );
}
