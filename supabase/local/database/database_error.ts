/** What a start says about a database that it cannot use. */

/** A database that cannot be used. One line, for a person. */
export class DatabaseError extends Error {
  override readonly name = "DatabaseError";
}

/** What Postgres or the system says, without the URL, which holds a password. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const code = "code" in error && typeof error.code === "string" ? ` (${error.code})` : "";
  return `${error.message.split("\n")[0]}${code}`;
}
