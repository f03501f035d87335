/**
 * Bodies that the Supabase Auth stand-in can take. It looks at nothing before it uses it, and answers 500 to what Postgres
 * or its own code cannot read.
 */
import { z } from "zod";

const text = z.string().nullish();
const body = z.looseObject({
  email: text,
  phone: text,
  password: text,
  refresh_token: text,
  auth_code: text,
  code_verifier: text,
});

/** Whether it can, as far as the body goes. Reads a copy; what is no JSON it refuses itself. */
export async function canBeRead(request: Request): Promise<boolean> {
  let value: unknown;
  try {
    value = JSON.parse(await request.clone().text());
  } catch {
    return true;
  }
  // Written anew, so that every escape has one form: NUL and half a character are what Postgres cannot store.
  return body.safeParse(value).success && !/\\u(0000|d[89a-f])/.test(JSON.stringify(value));
}
