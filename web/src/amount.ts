/** Amounts of money between minor units (ISO 4217), which machines exchange, and what people write. */

/** Digits after the decimal point that this currency has: 0 for JPY, 2 for EUR. */
export function fractionDigits(currency: string): number {
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions()
    .maximumFractionDigits ?? 2;
}

/** `12345` with two digits is `123.45`: what an input of type number takes. */
export function toWritten(minor: number, digits: number): string {
  return (minor / 10 ** digits).toFixed(digits);
}

/** What was written in minor units, or null when it is no amount between nothing and `most`. */
export function toMinor(written: string, digits: number, most: number): number | null {
  if (!/^\d{1,12}(\.\d*)?$/.test(written.trim())) return null;
  const minor = Number(written) * 10 ** digits;
  const rounded = Math.round(minor);
  return Math.abs(minor - rounded) < 1e-6 && rounded <= most ? rounded : null;
}
