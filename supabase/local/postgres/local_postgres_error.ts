// A failure of the local Postgres that a person can act on. The message is one line, ready to be shown,
// and must never contain the password or a connection string.
export class LocalPostgresError extends Error {
  override readonly name = "LocalPostgresError";
  constructor(message: string, options?: ErrorOptions) {
    super(message.replace(/\s*\n\s*/g, " ").trim(), options);
  }
}
