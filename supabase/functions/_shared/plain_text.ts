/** Texts of strangers that will be stored or shown. */

/**
 * Whether a text can be both: NUL reaches no Postgres text, half a character (a lone surrogate, which JSON can escape) no
 * Postgres JSON, other controls no log.
 */
export function isPlainText(value: string): boolean {
  return !/[\p{Cc}\p{Cs}]/u.test(value);
}
