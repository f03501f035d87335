/** The frame of every page: the gate of a checkpoint (two posts, one beam, a name board) drawn by the stylesheet. */
import { For, type JSX } from "solid-js";
import { chooseLanguage, language, languages, text } from "../text/index.ts";

export function Gate(props: { children: JSX.Element }) {
  return (
    <>
      <header class="top">
        <a class="name" href="/">{text().site}</a>
        <LanguageSwitch />
      </header>
      <div class="gate">
        <div class="board" aria-hidden="true" lang="ja">関所</div>
        <main>{props.children}</main>
      </div>
    </>
  );
}

function LanguageSwitch() {
  return (
    <select
      class="language"
      aria-label={text().language}
      onChange={(event) => chooseLanguage(event.currentTarget.value)}
    >
      <For each={Object.entries(languages)}>
        {([code, name]) => <option value={code} lang={code} selected={code === language()}>{name}</option>}
      </For>
    </select>
  );
}
