/**
 * The one rule for leaving the consent page.
 *
 * It must never answer true for an address outside the authorization server: the page would become an open redirect.
 */
export function isContinueTo(value: unknown, publicUrl: string): value is string {
  // The slash matters: `https://sekisho.example.attacker.example` begins with the bare origin too.
  return typeof value === "string" && /^https?:\/\//.test(publicUrl) && value.startsWith(`${publicUrl}/`);
}
