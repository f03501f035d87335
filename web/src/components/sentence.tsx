/** A sentence of ours with an app's name in it, kept apart so that its script turns nothing around. */
import { visibleText } from "../visible_text.ts";

/** Where the name goes in a sentence of the language files. */
const PLACE = "{app}";

export function Sentence(props: { pattern: string; app: string }) {
  const parts = () => props.pattern.split(PLACE);
  return (
    <>
      {parts()[0]}
      {parts().length > 1 && <bdi>{visibleText(props.app)}</bdi>}
      {parts()[1]}
    </>
  );
}

/** The same as plain text, for names of controls. */
export function sentence(pattern: string, app: string): string {
  return pattern.split(PLACE).join(visibleText(app));
}
