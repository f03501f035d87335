/**
 * What several tools take and answer: ids, texts, money, instants. What these let through, Postgres can read: a value
 * that it could not would look like a bug of ours.
 */
import { z } from "zod";

export const id = z.guid();

/** Of so many characters, counted as Postgres counts them. */
export function text(most: number) {
  return z.string().min(1)
    .refine((value) => [...value].length <= most, `At most ${most} characters.`)
    .refine(isStorable, "No NUL character and no half of a surrogate pair.")
    .meta({ maxLength: most });
}

/** Postgres stores neither NUL nor half a character. */
export function isStorable(value: string): boolean {
  return !value.includes("\0") && value.isWellFormed();
}

export const minorUnits = z.number().int().min(0)
  .describe("In the currency's minor unit (JPY: yen, USD: cents).");

export const currency = z.string().regex(/^[A-Z]{3}$/).describe("ISO 4217.");

/** The pattern that zod would write into the schema is longer than all the rest of a tool. */
const rfc3339 = z.iso.datetime({ offset: true });
const dateTime = z.string().refine((value) => rfc3339.safeParse(value).success, "RFC 3339 with an offset.")
  .meta({ format: "date-time" });

export const instant = dateTime.describe("RFC 3339.");

/** An instant to give: in years that every part of the way can write. */
export const givenInstant = dateTime
  .refine((value) => {
    const time = Date.parse(value);
    return time >= Date.UTC(1970, 0) && time < Date.UTC(9999, 0);
  }, "Between the years 1970 and 9998.")
  .describe("RFC 3339 with an offset, for example 2030-01-31T10:00:00+09:00.");

/** As UTC: Postgres does not take every offset that RFC 3339 allows. */
export function toUtc(given: string): string {
  return new Date(given).toISOString();
}
