/**
 * One sign-in in the browser: opens it, waits for the answer, gives up after a while. The state is made and checked
 * here, because the SDK leaves that to its caller; `iss` is checked by the SDK before it reads anything else.
 */
import { toBase64Url } from "../../functions/_shared/encoding.ts";
import { isLoopback } from "../../functions/_shared/public_urls.ts";
import { type CallbackListener, listenForCallback, type LoopbackHost } from "./callback_listener.ts";
import { ClientError } from "./client_error.ts";
import { openBrowser } from "./open_browser.ts";
import { say } from "./terminal.ts";
import { within } from "./within.ts";

/** As long as the server keeps the request. */
const ANSWER_WITHIN_MS = 10 * 60_000;

export interface Redirect {
  readonly host: LoopbackHost;
  readonly port: number;
}

export class SignInBrowser {
  #state: string | null = null;
  #listener: CallbackListener | null = null;

  constructor(readonly redirect: Redirect, private readonly mayOpen: boolean) {}

  /** A state for the next sign-in. */
  newState(): string {
    this.#state = toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
    return this.#state;
  }

  /** Sends the person there. @throws ClientError */
  async open(url: URL, why: string): Promise<void> {
    // The server chose this address, and it goes to a program of the system.
    if (url.protocol !== "https:" && !isLoopback(url.href)) {
      throw new ClientError("The server asks for a sign-in at an address that is not https.");
    }
    if (this.#state === null) throw new Error("a sign-in without a state");
    await this.#listener?.close();
    this.#listener = await listenForCallback(this.redirect.host, this.redirect.port, this.#state);
    say(`${why}\n\n  ${url.href}\n`);
    if (this.mayOpen) openBrowser(url);
  }

  /** Whether a sign-in was begun that nobody waits for yet. */
  get isOpen(): boolean {
    return this.#listener !== null;
  }

  /** The answer that the browser brings. @throws ClientError when none comes. */
  async answer(): Promise<URLSearchParams> {
    const listener = this.#listener;
    if (listener === null) throw new Error("no sign-in was begun");
    const parameters = await within(ANSWER_WITHIN_MS, listener.answered);
    this.#listener = null;
    this.#state = null;
    await listener.close();
    if (parameters === null) throw new ClientError("Nobody signed in within ten minutes.");
    return parameters;
  }
}
