/** Limits in memory: `20261121001150_rate_limits.sql` as far as the authorization server asks for it, one at a time. */
import type { Limited, LimitOperations, Rotation } from "../deps.ts";
import { atOnce, type FamilyRow, type MemoryTables, nowOf } from "./memory_tables.ts";

const MINUTE_MS = 60_000;
/** The current minute and sixty whole ones. */
const MINUTES = 61;

export function memoryLimits(tables: MemoryTables): LimitOperations {
  return {
    leaseRefusal: ({ kind, clientId, address, perHour }) =>
      atOnce(() => {
        const known = clientId !== null && tables.clients.has(clientId);
        const subject = known ? `${address} ${clientId}` : address;
        return lease(tables, `refused ${kind}`, subject, perHour) ?? { outcome: "counted" };
      }),
    leaseDocument: ({ address, perHour }) =>
      atOnce(() => lease(tables, "document", address, perHour) ?? { outcome: "counted" }),
  };
}

/** `oauth.lease_refresh`. */
export function leaseRefresh(
  tables: MemoryTables,
  family: FamilyRow | undefined,
  { client: { client }, perHour }: Rotation,
): Limited | null {
  if (family?.clientId !== client.id || family.revokedBecause !== null) return null;
  return lease(tables, "refresh_token", family.id, perHour);
}

/** `oauth.lease_request`; a limit of 0 is none. */
export function lease(
  tables: MemoryTables,
  bucket: string,
  subject: string,
  perHour: number,
): Limited | null {
  if (perHour === 0) return null;
  const minute = Math.floor(nowOf(tables) / MINUTE_MS);
  const key = `${bucket}\n${subject}`;
  const counted = (tables.rateCounts.get(key) ?? []).filter((at) => at > minute - MINUTES);
  tables.rateCounts.set(key, counted);
  if (counted.length < perHour) {
    counted.push(minute);
    return null;
  }
  const leavesAt = ((counted[0] ?? minute) + MINUTES) * MINUTE_MS;
  return { outcome: "limited", retryAfterSeconds: Math.ceil((leavesAt - nowOf(tables)) / 1000) };
}
