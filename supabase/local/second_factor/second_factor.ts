/**
 * The second factor that the Supabase Auth stand-in lacks, in the shapes of Supabase Auth: `/auth/v1/factors`, the
 * claims `aal` and `amr` in every session's token, `factors` in every user.
 *
 * It must never raise a session without a fresh code, nor let one that lacks the second factor change what guards it.
 */
import { decodeJwt, SignJWT } from "jose";
import type pg from "pg";
import { z } from "zod";
import { type Bytes, utf8 } from "../../functions/_shared/encoding.ts";
import { inTransaction } from "../database/in_transaction.ts";
import {
  createChallenge,
  createFactor,
  findLevel,
  listFactors,
  owesCode,
  recordMethod,
  removeFactor,
  verifyFactor,
} from "./factors.ts";
import { factorRefusal } from "./factor_refusal.ts";
import { otpauthUri } from "./totp.ts";

export interface SecondFactorOptions {
  readonly pool: pg.Pool;
  /** What the stand-in signs sessions with. */
  readonly sessionSecret: string;
  /** What secrets of factors are sealed with: 256 bits. */
  readonly sealSecret: Bytes;
  /** As an authenticator app shows whose code it is. */
  readonly issuer: string;
  readonly standIn: (request: Request) => Promise<Response>;
}

const FACTORS = "/auth/v1/factors";
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const enrolment = z.object({
  factor_type: z.literal("totp"),
  friendly_name: z.string().max(100).nullish(),
  issuer: z.string().max(100).nullish(),
});
const verification = z.object({ challenge_id: z.string().regex(UUID), code: z.string().max(20) });
const user = z.looseObject({ id: z.guid(), email: z.string().nullish() });
const session = z.looseObject({ access_token: z.string(), user });

interface Caller {
  readonly user: z.infer<typeof user>;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly sessionId: string;
  /** Whether a code is owed for what guards the account. */
  readonly owesCode: boolean;
}

/** Answers `/auth/v1/*` with second factors. */
export function createSecondFactor(options: SecondFactorOptions): (request: Request) => Promise<Response> {
  const { pool, sealSecret, standIn } = options;

  /** Who asks, by the stand-in's own judgement of the session; else its refusal. */
  async function callerOf(request: Request): Promise<Caller | Response> {
    const headers = new Headers();
    for (const name of ["Authorization", "apikey"]) {
      const value = request.headers.get(name);
      if (value !== null) headers.set(name, value);
    }
    const answer = await standIn(new Request(new URL("/auth/v1/user", request.url), { headers }));
    if (!answer.ok) return answer;
    const known = user.parse(await answer.json());
    const claims = decodeJwt((headers.get("Authorization") ?? "").replace(/^Bearer /, ""));
    const sessionId = String(claims["session_id"] ?? "");
    return { user: known, claims, sessionId, owesCode: await owesCode(pool, known.id, sessionId) };
  }

  async function enrol(request: Request, caller: Caller): Promise<Response> {
    const asked = enrolment.safeParse(await jsonOf(request));
    if (!asked.success) return factorRefusal("malformed");
    if (caller.owesCode) return factorRefusal("insufficient_aal");
    const name = asked.data.friendly_name ?? "";
    const created = await createFactor(pool, sealSecret, caller.user.id, name);
    if (created.outcome !== "created") return factorRefusal(created.outcome);
    const { id, secret } = created;
    const uri = otpauthUri(secret, asked.data.issuer || options.issuer, caller.user.email || "account");
    return noStore({ id, type: "totp", friendly_name: name, totp: { secret, uri } });
  }

  async function challenge(factorId: string, caller: Caller): Promise<Response> {
    const created = await createChallenge(pool, caller.user.id, factorId);
    return created === null ? factorRefusal("factor_not_found") : noStore({ ...created, type: "totp" });
  }

  async function verify(factorId: string, request: Request, caller: Caller): Promise<Response> {
    const asked = verification.safeParse(await jsonOf(request));
    if (!asked.success) return factorRefusal("malformed");
    const { challenge_id: challengeId, code } = asked.data;
    const given = { personId: caller.user.id, sessionId: caller.sessionId, factorId, challengeId, code };
    const verified = await inTransaction(pool, (client) => verifyFactor(client, sealSecret, given));
    if (verified.outcome !== "verified") return factorRefusal(verified.outcome);
    const { token, expiresIn, expiresAt } = await sign(caller.claims, caller.sessionId);
    return noStore({
      access_token: token,
      token_type: "bearer",
      expires_in: expiresIn,
      expires_at: expiresAt,
      refresh_token: verified.refreshToken,
      user: { ...caller.user, factors: await listFactors(pool, caller.user.id) },
    });
  }

  async function remove(factorId: string, caller: Caller): Promise<Response> {
    if (caller.owesCode) return factorRefusal("insufficient_aal");
    const removed = await inTransaction(pool, (client) => removeFactor(client, caller.user.id, factorId));
    return removed ? noStore({ id: factorId }) : factorRefusal("factor_not_found");
  }

  /** A token with these claims, and what the session has proved by now. */
  async function sign(claims: Readonly<Record<string, unknown>>, sessionId: string) {
    const expiresIn = Number(claims["exp"]) - Number(claims["iat"]);
    const now = Math.floor(Date.now() / 1000);
    const payload = { ...claims, ...await findLevel(pool, sessionId), iat: now, exp: now + expiresIn };
    const token = await new SignJWT(payload).setProtectedHeader({ alg: "HS256", typ: "JWT" })
      .sign(utf8(options.sessionSecret));
    return { token, expiresIn, expiresAt: now + expiresIn };
  }

  /** The stand-in's answer, with what it does not know of. */
  async function complete(answer: Response, method: string | null): Promise<Response> {
    const body: unknown = await answer.clone().json().catch(() => null);
    const signedIn = session.safeParse(body);
    if (signedIn.success) {
      const claims = decodeJwt(signedIn.data.access_token);
      const sessionId = String(claims["session_id"] ?? "");
      if (method !== null) await recordMethod(pool, sessionId, method);
      const { token } = await sign(claims, sessionId);
      const factors = await listFactors(pool, signedIn.data.user.id);
      return rewritten(answer, {
        ...signedIn.data,
        access_token: token,
        user: { ...signedIn.data.user, factors },
      });
    }
    const known = user.safeParse(body);
    if (!known.success) return answer;
    return rewritten(answer, { ...known.data, factors: await listFactors(pool, known.data.id) });
  }

  return async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === FACTORS || pathname.startsWith(`${FACTORS}/`)) {
      const [factorId = "", act = "", ...more] = pathname.slice(FACTORS.length + 1).split("/");
      const caller = await callerOf(request);
      if (caller instanceof Response) return caller;
      const is = (method: string, wanted: string) =>
        request.method === method && act === wanted && more.length === 0;
      if (pathname === FACTORS) {
        return is("POST", "") ? await enrol(request, caller) : factorRefusal("nothing_here");
      }
      if (!UUID.test(factorId)) return factorRefusal("factor_not_found");
      if (is("POST", "challenge")) return await challenge(factorId, caller);
      if (is("POST", "verify")) return await verify(factorId, request, caller);
      if (is("DELETE", "")) return await remove(factorId, caller);
      return factorRefusal("nothing_here");
    }
    if (pathname === "/auth/v1/user" && request.method === "PUT") {
      const caller = await callerOf(request);
      if (caller instanceof Response) return caller;
      if (caller.owesCode) return factorRefusal("insufficient_aal");
    }
    const answer = await standIn(request);
    return answer.ok ? await complete(answer, methodOf(pathname, searchParams.get("grant_type"))) : answer;
  };
}

/** How a session that begins here was signed in (RFC 8176 knows other words; these are Supabase Auth's). */
function methodOf(path: string, grantType: string | null): string | null {
  if (path === "/auth/v1/token") {
    return grantType === "password" ? "password" : grantType === "pkce" ? "oauth" : null;
  }
  return path === "/auth/v1/signup" ? "password" : null;
}

async function jsonOf(request: Request): Promise<unknown> {
  return await request.json().catch(() => null);
}

function noStore(body: unknown): Response {
  return Response.json(body, { headers: { "Cache-Control": "no-store" } });
}

function rewritten(answer: Response, body: unknown): Response {
  const headers = new Headers(answer.headers);
  headers.delete("Content-Length");
  headers.set("Content-Type", "application/json");
  return new Response(JSON.stringify(body), { status: answer.status, headers });
}
