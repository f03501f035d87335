/**
 * Text that a stranger wrote, made safe to look at: what is drawn as nothing, changes the direction or only looks like
 * a Latin letter is named instead of obeyed, and the length is bounded.
 *
 * Its result must never be used as markup: it is text, and escapes no HTML.
 */
import { lookAlikes } from "./look_alikes.ts";

// Controls, bidi and other format characters, line breaks, lone surrogates, unassigned and private ones, and all
// that is drawn as nothing: each can make one name look like another.
const hidden = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;

// More of them than any language needs (UTS 39 §5.4) grow over the lines above and below.
const mostMarks = 4;

export function visibleText(text: string, limit = 60): string {
  // Bounded first: a long name must not cost much. The rest is never shown.
  const characters = [...text.slice(0, 4 * limit)];
  const deceiving = lookAlikes(characters);
  let shown = "";
  let marks = 0;
  for (const [place, character] of characters.entries()) {
    if (place === limit) return shown + "…";
    marks = /\p{Mn}/u.test(character) ? marks + 1 : 0;
    shown += hidden.test(character) || deceiving.has(place) || marks > mostMarks
      ? named(character)
      : character;
  }
  return shown;
}

function named(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  return `[U+${point.toString(16).toUpperCase().padStart(4, "0")}]`;
}
