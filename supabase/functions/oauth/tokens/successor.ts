/**
 * The successor of a refresh token, sealed with a key derived from the token that was presented for it.
 *
 * Why: N simultaneous refreshes must all get the one successor that won (RFC 9700 §4.14.2 wants rotation, real clients
 * race). The losers read the sealed value and open it with the token they hold; whoever holds only the database cannot.
 */
import { utf8 } from "../../_shared/encoding.ts";
import { openText, SEAL_IV_BYTES, type SealingKey, sealText } from "../../_shared/sealed_text.ts";
import type { Deps } from "../deps.ts";

/** Seals a successor for whoever holds the presented token. */
export function sealSuccessor(
  deps: Pick<Deps, "random">,
  successor: string,
  presented: string,
): Promise<string> {
  return sealText(successor, keyFrom(presented), deps.random(SEAL_IV_BYTES));
}

/** Opens it again. @throws when it was not sealed for this token. */
export function openSuccessor(sealed: string, presented: string): Promise<string> {
  return openText(sealed, keyFrom(presented));
}

function keyFrom(presented: string): SealingKey {
  return { secret: utf8(presented), purpose: "refresh token successor" };
}
