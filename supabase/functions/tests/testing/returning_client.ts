/**
 * A client that lives through the end of its server's database as real ones do: it comes back when it is told to, begins
 * again what is over, and puts up with nothing else. What it is answered is the only thing it knows.
 */
import assert from "node:assert/strict";
import { toBase64Url } from "../../_shared/encoding.ts";
import { authorizeParameters, type RegisteredClient, type Tokens } from "./http_flow.ts";

/** An answer has to come, whatever has become of the database. */
const ANSWERED_WITHIN_MS = 30_000;
/** Servers ask for seconds. Who comes back sooner meets more of a restart. */
const COMES_BACK_AFTER_MS = 40;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Whether it was told to come back before. */
  readonly cameBack: boolean;
}

/** The processes that a client may meet, and what all clients together have met. */
export class Servers {
  /** How often somebody was told to come back. */
  refusals = 0;

  constructor(readonly urls: readonly [string, string]) {}

  /** Asks this process, which must answer; 503 only with when to come back. */
  async askOnce(process: number, path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(`${this.urls[process % 2]}${path}`, {
      redirect: "manual",
      signal: AbortSignal.timeout(ANSWERED_WITHIN_MS),
      ...init,
    });
    const { status, headers } = response;
    const text = await response.text();
    assert.ok(status < 500 || status === 503, `${path.split("?")[0]} answered ${status}: ${text}`);
    if (status === 503) {
      this.refusals++;
      assert.match(headers.get("Retry-After") ?? "", /^\d+$/, `${path.split("?")[0]}: no Retry-After`);
      const isPage = headers.get("Content-Type")?.startsWith("text/html") ?? false;
      assert.ok(isPage || JSON.parse(text).error === "temporarily_unavailable", text);
    }
    return { status, headers, text, cameBack: false };
  }

  /** Asks until it is not told to come back any more, the other process each time. */
  async ask(process: number, path: string, init: RequestInit = {}): Promise<Answer> {
    for (let attempt = 0;; attempt++) {
      const answer = await this.askOnce(process + attempt, path, init);
      if (answer.status !== 503) return { ...answer, cameBack: attempt > 0 };
      await new Promise((resolve) => setTimeout(resolve, COMES_BACK_AFTER_MS));
    }
  }
}

/** One app of one person. */
export class ReturningClient {
  /** The refresh tokens that it holds, one of each family that it was given. */
  readonly held: string[] = [];
  /** Codes that were spent without it having got anything for them. */
  spent = 0;

  constructor(
    private readonly servers: Servers,
    private readonly client: RegisteredClient,
    private readonly session: string,
  ) {}

  /** From nothing to a family that was refreshed and used. */
  async connect(): Promise<void> {
    const tokens = await this.#firstTokens();
    let { refresh_token, access_token } = await this.#refresh(tokens.refresh_token);
    await this.#list(access_token);
    ({ refresh_token, access_token } = await this.#refresh(refresh_token));
    await this.#list(access_token);
    this.held.push(refresh_token);
  }

  /** Proves that every family whose tokens it was given is alive. */
  async refreshAll(): Promise<void> {
    for (const [index, token] of this.held.entries()) {
      this.held[index] = (await this.#refresh(token)).refresh_token;
    }
  }

  async #firstTokens(): Promise<Tokens> {
    for (;;) {
      const verifier = toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
      const code = await this.#code(verifier);
      if (code === null) continue;
      const form = { grant_type: "authorization_code", code, code_verifier: verifier };
      const answers = await this.#atBoth(form);
      const [winner, second] = answers.filter((answer) => answer.status === 200);
      assert.equal(second, undefined, "one code was redeemed twice");
      for (const loser of answers.filter((answer) => answer !== winner)) {
        assert.deepEqual([loser.status, JSON.parse(loser.text).error], [400, "invalid_grant"]);
      }
      if (winner !== undefined) return JSON.parse(winner.text);
      assert.ok(
        answers.some((answer) => answer.cameBack),
        "a code was refused although nothing had happened",
      );
      this.spent++;
    }
  }

  /** A code, or null when an answer was lost on the way: the flow is then over. */
  async #code(verifier: string): Promise<string | null> {
    const parameters = new URLSearchParams(await authorizeParameters(this.client, verifier));
    const begun = await this.servers.ask(0, `/oauth/authorize?${parameters}`);
    assert.equal(begun.status, 303, begun.text);
    const id = new URL(begun.headers.get("Location") ?? "").searchParams.get("request") ?? "";
    const decided = await this.servers.ask(1, `/oauth/interaction/${id}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${this.session}`, "Content-Type": "application/json" },
      body: JSON.stringify({ decision: "approve", scopes: ["product:read"] }),
    });
    if (decided.status === 409 && decided.cameBack) return null;
    assert.equal(decided.status, 200, decided.text);
    const continued = await this.servers.ask(0, new URL(JSON.parse(decided.text).continue_to).pathname, {
      headers: { Cookie: begun.headers.get("Set-Cookie")?.split(";")[0] ?? "" },
    });
    if (continued.status === 400 && continued.cameBack) return null;
    assert.equal(continued.status, 303, continued.text);
    return new URL(continued.headers.get("Location") ?? "").searchParams.get("code");
  }

  /** Refreshes at both processes at once: both must come to the same successor. */
  async #refresh(token: string): Promise<Tokens> {
    const [first, second] = (await this.#atBoth({ grant_type: "refresh_token", refresh_token: token }))
      .map((answer): Tokens => {
        assert.equal(answer.status, 200, answer.text);
        return JSON.parse(answer.text);
      });
    assert.ok(first !== undefined && first.refresh_token === second?.refresh_token, "a family has forked");
    return first;
  }

  #atBoth(form: Record<string, string>): Promise<Answer[]> {
    const body = new URLSearchParams({ client_id: this.client.client_id, ...form });
    return Promise.all(
      [0, 1].map((process) => this.servers.ask(process, "/oauth/token", { method: "POST", body })),
    );
  }

  /** Calls a tool that queries until it answers. That it cannot right now is the model's to read. */
  async #list(accessToken: string): Promise<void> {
    for (;;) {
      const { status, text } = await this.servers.ask(0, "/mcp", toolCall(accessToken, "product_list"));
      assert.equal(status, 200, text);
      if (!text.includes('"isError":true')) return;
      assert.match(text, /The server cannot answer right now/);
      this.servers.refusals++;
    }
  }
}

/** A request for a tool, of the 2025-06-18 revision. */
export function toolCall(accessToken: string, name: string): RequestInit {
  return {
    method: "POST",
    headers: {
      Authorization: `Bearer ${accessToken}`,
      Accept: "application/json, text/event-stream",
      "Content-Type": "application/json",
      "MCP-Protocol-Version": "2025-06-18",
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: {} } }),
  };
}
