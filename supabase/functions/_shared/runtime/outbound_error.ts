/**
 * Why a request to the outside was not made, or its answer not taken. Never holds the URL, an address or a byte of
 * the answer, nor the error beneath, which may: whoever chose the URL would learn about our network from it.
 */

/** For logs, metrics and tests; not for the caller. */
export type OutboundReason =
  | "not_https"
  | "host_not_allowed"
  | "address_not_public"
  | "dns"
  | "connect"
  | "tls"
  | "timeout"
  | "too_large"
  | "redirect"
  | "encoding"
  | "malformed"
  | "cannot_pin";

export class OutboundError extends Error {
  override readonly name = "OutboundError";

  constructor(readonly reason: OutboundReason) {
    super(`no answer from outside: ${reason}`);
  }
}

/** What this does, failing for this reason whatever went wrong beneath. */
export async function failingAs<Result>(
  reason: OutboundReason,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof OutboundError ? error : new OutboundError(reason);
  }
}
