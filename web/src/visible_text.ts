/**
 * Text that a stranger wrote, made safe to look at: invisible and direction-changing characters are named
 * instead of obeyed, and the length is bounded.
 *
 * Its result must never be used as markup: it is text, and escapes no HTML.
 */

// Controls, bidi and other format characters, line breaks, lone surrogates, unassigned and private ones, and all
// that is drawn as nothing: each can make one name look like another.
const hidden = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;

export function visibleText(text: string, limit = 60): string {
  let shown = "";
  let count = 0;
  for (const character of text) {
    if (count === limit) return shown + "…";
    count += 1;
    shown += hidden.test(character) ? named(character) : character;
  }
  return shown;
}

function named(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  return `[U+${point.toString(16).toUpperCase().padStart(4, "0")}]`;
}
