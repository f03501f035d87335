/**
 * The language of the page: chosen from the browser, changed by the person, remembered here.
 *
 * It must never hold a sentence: those live in the language files.
 */
import { createEffect, createSignal } from "solid-js";
import { en, type Text } from "./en.ts";
import { ja } from "./ja.ts";

export type Language = "en" | "ja";
export type { Text };

/** Each language in its own words, as the switch shows it. */
export const languages: Readonly<Record<Language, string>> = { en: "English", ja: "日本語" };

const texts: Readonly<Record<Language, Text>> = { en, ja };
const storageKey = "sekisho.language";

function initialLanguage(): Language {
  try {
    const remembered = localStorage.getItem(storageKey);
    if (remembered === "en" || remembered === "ja") return remembered;
  } catch {
    // A browser that keeps nothing still gets a page.
  }
  return navigator.language.toLowerCase().startsWith("ja") ? "ja" : "en";
}

const [language, setLanguage] = createSignal<Language>(initialLanguage());

export { language };

export function text(): Text {
  return texts[language()];
}

export function chooseLanguage(value: string): void {
  if (value !== "en" && value !== "ja") return;
  setLanguage(value);
  try {
    localStorage.setItem(storageKey, value);
  } catch {
    // As above: the choice then lasts as long as the page.
  }
}

/** Called once, inside the root of the page. */
export function followLanguage(): void {
  createEffect(() => document.documentElement.lang = language());
}
