/** A failure that a person can act on: its message is the whole line that they see. It must never hold a secret. */
export class ClientError extends Error {
  override readonly name = "ClientError";
}
