/**
 * A SCRAM-SHA-256 verifier (RFC 5803, RFC 7677): what Postgres stores of a password. Made here so that the password
 * itself is in no statement, and so in no log of the server.
 */

const ITERATIONS = 4096;
const SALT_BYTES = 16;

/** `SCRAM-SHA-256$<iterations>:<salt>$<stored key>:<server key>` of an ASCII password. */
export async function scramVerifier(password: string): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const material = await crypto.subtle.importKey("raw", new TextEncoder().encode(password), "PBKDF2", false, [
    "deriveBits",
  ]);
  const salted = await crypto.subtle.deriveBits(
    { name: "PBKDF2", hash: "SHA-256", salt, iterations: ITERATIONS },
    material,
    256,
  );
  const storedKey = await crypto.subtle.digest("SHA-256", await hmac(salted, "Client Key"));
  const serverKey = await hmac(salted, "Server Key");
  return `SCRAM-SHA-256$${ITERATIONS}:${base64(salt)}$${base64(storedKey)}:${base64(serverKey)}`;
}

async function hmac(key: ArrayBuffer, text: string): Promise<ArrayBuffer> {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
  ]);
  return await crypto.subtle.sign("HMAC", imported, new TextEncoder().encode(text));
}

function base64(bytes: ArrayBuffer | Uint8Array<ArrayBuffer>): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}
