/** Answers to a form, by name of the field. Whether they fit it is for SQL to say; here, only that it can read them. */
import { z } from "zod";
import { isStorable } from "./fields.ts";

const storable = z.string().refine(isStorable, "No NUL character and no half of a surrogate pair.");
const value = z.union([storable, z.number(), z.boolean(), z.array(storable)]);

/** As they are kept. */
export const formAnswers = z.record(z.string(), value);

/** As they are given: null says as much as leaving out. */
export const givenAnswers = z.record(storable, value.nullable());
