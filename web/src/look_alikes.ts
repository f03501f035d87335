/**
 * Which letters of a name only look like Latin ones: Cyrillic `Сlaude`, mathematical `𝐂laude`. The rules of Unicode
 * Technical Standard 39 §5.1 and §5.2 ("highly restrictive"), asked of each word, so that a name in two languages stays
 * readable.
 *
 * It must never answer for a name in one script, or in Japanese beside Latin, that is what it looks like.
 */

/** Scripts that are written together. Latin may stand beside those of East Asia, and beside no others. */
const besideLatin = [
  /[\p{scx=Latn}\p{scx=Hira}\p{scx=Kana}\p{scx=Hani}]/u,
  /[\p{scx=Latn}\p{scx=Hang}\p{scx=Hani}]/u,
  /[\p{scx=Latn}\p{scx=Bopo}\p{scx=Hani}]/u,
];

/** The other scripts in everyday use (UAX 31, table 5). A letter of none of them is named wherever it stands. */
const others = (
  "Arab Armn Beng Cyrl Deva Ethi Geor Grek Gujr Guru Hebr Khmr Knda Laoo " +
  "Mlym Mymr Orya Sinh Taml Telu Thaa Thai Tibt"
).split(" ").map((script) => new RegExp(`\\p{scx=${script}}`, "u"));

/** Cyrillic, Greek and Armenian letters that common fonts draw as Latin ones. A word of nothing else deceives. */
const drawnAsLatin =
  /^(?=.*\p{L})[\p{N}асԁеһіјӏорԛѕԝухѵүАВСԌЕНІЈКМОРԚЅТԜХУҮανορυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϲϳօոսհցԼՍՕ]+$/u;

/** A word in one of those scripts alone. */
const ownScript =
  /^(?=.*\p{L})([\p{scx=Cyrl}\p{M}\p{N}]+|[\p{scx=Grek}\p{M}\p{N}]+|[\p{scx=Armn}\p{M}\p{N}]+)$/u;

const word = /[\p{L}\p{M}\p{N}]+/gu;

/** Places, in characters, of the letters that deceive. */
export function lookAlikes(characters: readonly string[]): ReadonlySet<number> {
  const found = new Set<number>();
  /** From places in the text, which count UTF-16 units, to those of characters. */
  const places: number[] = [];
  characters.forEach((character, place) => places.push(...Array(character.length).fill(place)));
  const words = [...characters.join("").matchAll(word)];
  const evident = words.some(([letters]) => ownScript.test(letters) && !drawnAsLatin.test(letters));
  for (const { 0: letters, index } of words) {
    const first = places[index] ?? 0;
    const deceives = deceivingIn(letters, evident);
    [...letters].forEach((letter, place) => deceives(letter) && found.add(first + place));
  }
  return found;
}

/** @param evident Whether the name has words that nobody takes for Latin: then the shortest ones are their kin. */
function deceivingIn(letters: string, evident: boolean): (letter: string) => boolean {
  if (drawnAsLatin.test(letters) && !(evident && letters.length < 4)) {
    return (letter) => /\p{L}/u.test(letter);
  }
  const fits = (script: RegExp, letter: string) => !/\p{L}/u.test(letter) || script.test(letter);
  const scripts = /\p{scx=Latn}/u.test(letters) ? besideLatin : [...besideLatin, ...others];
  const all = [...letters];
  const best = scripts
    .map((script) => ({ script, strangers: all.filter((letter) => !fits(script, letter)).length }))
    .reduce((least, next) => next.strangers < least.strangers ? next : least);
  return (letter) => isStyledLatin(letter) || !fits(best.script, letter);
}

/** A Latin letter in the clothes of a symbol, such as `𝐂` or `ℂ`. Full-width letters are Latin, and look like it. */
function isStyledLatin(letter: string): boolean {
  return /\p{Script=Common}/u.test(letter) && /^[A-Za-z]$/.test(letter.normalize("NFKC"));
}
