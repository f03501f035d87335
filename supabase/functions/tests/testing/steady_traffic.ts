/**
 * Clients that never pause, over processes that are taken out and put back as a load balancer does it. No answer may be a
 * failure, except 401 for a token of a key that was revoked: its client refreshes.
 */
import assert from "node:assert/strict";
import { decodeProtectedHeader } from "jose";
import { toBase64Url } from "../../_shared/encoding.ts";
import {
  authorizeParameters,
  beginRequest,
  callTool,
  decide,
  redeem,
  refresh,
  type RegisteredClient,
} from "./http_flow.ts";

const REFRESHES = 4;
const TOOLS = ["get_time", "product_list"];

/** Which of several processes answers. */
export class Balancer {
  readonly #inFlight = new Map<string, number>();
  #turn = 0;

  constructor(urls: readonly string[]) {
    for (const url of urls) this.#inFlight.set(url, 0);
  }

  /** Sends a request to one of them. */
  async on<Answer>(ask: (url: string) => Promise<Answer>): Promise<Answer> {
    const urls = [...this.#inFlight.keys()];
    const url = urls[this.#turn++ % urls.length];
    assert.ok(url !== undefined, "no process is left");
    this.#add(url, 1);
    try {
      return await ask(url);
    } finally {
      this.#add(url, -1);
    }
  }

  /** No request goes there any more, and none is on its way. */
  async takeOut(url: string): Promise<void> {
    const left = () => this.#leaving.get(url) ?? 0;
    this.#leaving.set(url, this.#inFlight.get(url) ?? 0);
    this.#inFlight.delete(url);
    while (left() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    this.#leaving.delete(url);
  }

  putIn(url: string): void {
    this.#inFlight.set(url, 0);
  }

  readonly #leaving = new Map<string, number>();

  #add(url: string, count: number): void {
    const counts = this.#inFlight.has(url) ? this.#inFlight : this.#leaving;
    counts.set(url, (counts.get(url) ?? 0) + count);
  }
}

/** One client with its person: signs in, redeems, calls, refreshes, calls, and begins again. */
export class SteadyClient {
  /** The kid of its newest token, and how many tokens it was given. */
  kid = "";
  tokens = 0;

  constructor(
    readonly balancer: Balancer,
    readonly publicUrl: string,
    readonly client: RegisteredClient,
    readonly session: string,
    readonly revoked: ReadonlySet<string>,
  ) {}

  /** One round. @throws for the first answer that is a failure. */
  async round(): Promise<void> {
    const granted = await this.#grant();
    let tokens = this.#given(await this.balancer.on((url) => redeem(url, granted)));
    for (let turn = 0; turn < REFRESHES; turn++) {
      for (const tool of TOOLS) await this.#call(tokens.access_token, tool);
      tokens = this.#given(
        await this.balancer.on((url) => refresh(url, this.client, tokens.refresh_token)),
      );
    }
  }

  #given(answer: Awaited<ReturnType<typeof redeem>>) {
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    this.kid = decodeProtectedHeader(answer.body.access_token).kid ?? "";
    this.tokens++;
    return answer.body;
  }

  async #call(token: string, tool: string): Promise<void> {
    const { status, text } = await this.balancer.on((url) => callTool(url, token, tool));
    if (status === 401 && this.revoked.has(decodeProtectedHeader(token).kid ?? "")) return;
    assert.equal(status, 200, text);
  }

  /** Each step at another process; `continue_to` names the public one. */
  async #grant() {
    const verifier = toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
    const parameters = await authorizeParameters(this.client, verifier);
    const begun = await this.balancer.on((url) => beginRequest(url, parameters));
    assert.equal(begun.status, 303);
    const continueTo = await this.balancer.on((url) => decide(url, begun.id, this.session));
    const location = await this.balancer.on(async (url) => {
      const response = await fetch(continueTo.replace(this.publicUrl, url), {
        redirect: "manual",
        headers: { Cookie: begun.cookie },
      });
      await response.body?.cancel();
      return response.headers.get("Location") ?? "";
    });
    const code = URL.canParse(location) ? new URL(location).searchParams.get("code") : null;
    assert.ok(code, "no code");
    return { client: this.client, code, verifier };
  }
}
