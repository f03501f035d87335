/** Signing keys and secrets in memory: `20261121000450_signing_keys.sql` and `20261121000460_secrets.sql`. */
import { toBase64Url } from "../../_shared/encoding.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";
import type { KeyOperations } from "../deps.ts";
import { atOnce, insert, type MemoryTables, nowOf, type SigningKeyRow } from "./memory_tables.ts";

const LEAST_PUBLICATION_MS = 600_000;
const DAY_MS = 86_400_000;
const STATES = ["active", "next", "retiring"] as const;

export function memoryKeys(tables: MemoryTables): KeyOperations {
  const published = () => {
    const now = nowOf(tables);
    return [...tables.signingKeys.values()].filter((key) => !key.revoked)
      .map((key) => ({ ...key, state: stateOf(key, now) }))
      .sort((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state) || b.signsFrom - a.signsFrom);
  };
  return {
    listSigningKeys: () =>
      atOnce(() => {
        const keys = published();
        return {
          keys: keys.map(({ kid, publicJwk, sealedPrivateKey, state }) => ({
            kid,
            publicJwk,
            sealedPrivateKey: state === "retiring" ? null : sealedPrivateKey,
          })),
          missing: (["active", "next"] as const).find((state) => !keys.some((key) => key.state === state)) ??
            null,
        };
      }),
    checkSecrets: (checks) =>
      atOnce(() => {
        for (const { id, value } of checks) {
          if ((tables.secretChecks.get(id) ?? toBase64Url(value)) !== toBase64Url(value)) return "differs";
        }
        const ids = checks.map((check) => check.id);
        const needed = published().filter(({ state }) => state !== "retiring");
        if (!needed.every(({ secretId }) => ids.includes(secretId))) return "missing";
        for (const { id, value } of checks) tables.secretChecks.set(id, toBase64Url(value));
        return "fits";
      }),
    createSigningKey: ({ days, ...key }) =>
      atOnce(() => {
        const now = nowOf(tables);
        const active = activeKey(tables);
        if (active !== undefined && active.signsUntil !== null) return "exists";
        if (!tables.secretChecks.has(key.secretId)) throw new Error("violates: a signing key can be opened");
        if ("d" in key.publicJwk) throw new Error("violates: a public key has no private part");
        const signsFrom = active === undefined
          ? now
          : Math.max(active.signsFrom + days * DAY_MS, now + LEAST_PUBLICATION_MS);
        insert(tables.signingKeys, key.kid, { ...key, signsFrom, signsUntil: null, revoked: false });
        if (active !== undefined) active.signsUntil = signsFrom;
        return "created";
      }),
  };
}

/** `oauth.assign_signing_kid`: the key that signs now. */
export function assignSigningKid(tables: MemoryTables): string {
  const active = activeKey(tables);
  if (active === undefined) throw new OAuthError("temporarily_unavailable", "Try again.", "database");
  return active.kid;
}

/** `oauth.revoke_signing_key`. */
export function revokeSigningKey(tables: MemoryTables, kid: string): void {
  const now = nowOf(tables);
  const key = tables.signingKeys.get(kid);
  if (key === undefined || key.revoked) return;
  const state = stateOf(key, now);
  key.revoked = true;
  for (const other of tables.signingKeys.values()) {
    if (other.revoked) continue;
    if (state === "active" && other.signsFrom > now) other.signsFrom = now;
    if (state === "next" && other.signsUntil === key.signsFrom) other.signsUntil = null;
  }
  if (state === "active") key.signsUntil = now;
}

function activeKey(tables: MemoryTables): SigningKeyRow | undefined {
  const now = nowOf(tables);
  return [...tables.signingKeys.values()].find((key) => !key.revoked && stateOf(key, now) === "active");
}

function stateOf(key: SigningKeyRow, now: number): typeof STATES[number] {
  if (key.signsFrom > now) return "next";
  return key.signsUntil !== null && key.signsUntil <= now ? "retiring" : "active";
}
