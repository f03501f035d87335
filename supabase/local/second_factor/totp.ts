/**
 * Time-based one-time passwords (RFC 6238), with what authenticator apps take for granted: SHA-1, six digits, thirty
 * seconds.
 */
import { Secret, TOTP } from "otpauth";

const PERIOD_SECONDS = 30;
/** A code of the step before or after is good too: clocks differ, and people type (RFC 6238 §5.2). */
const STEPS_OFF = 1;
const SECRET_BYTES = 20;

/** A new secret: 160 bits (RFC 4226 §4, R6), as authenticator apps take it. */
export function newSecret(): string {
  return new Secret({ size: SECRET_BYTES }).base32;
}

/** What an authenticator app reads from a QR code. */
export function otpauthUri(secret: string, issuer: string, label: string): string {
  return totp(secret, issuer, label).toString();
}

/** The time step that this code belongs to, or null when it is no code of this secret around now. */
export function stepOf(secret: string, code: string, nowMs: number): number | null {
  if (!/^\d{6}$/.test(code)) return null;
  const delta = totp(secret).validate({ token: code, window: STEPS_OFF, timestamp: nowMs });
  return delta === null ? null : Math.floor(nowMs / 1000 / PERIOD_SECONDS) + delta;
}

/** The code at this instant, as an authenticator app shows it. */
export function codeAt(secret: string, atMs: number): string {
  return totp(secret).generate({ timestamp: atMs });
}

function totp(secret: string, issuer = "", label = ""): TOTP {
  return new TOTP({ secret, issuer, label, algorithm: "SHA1", digits: 6, period: PERIOD_SECONDS });
}
