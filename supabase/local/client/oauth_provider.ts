/**
 * What the SDK's OAuth client asks of us: who we are, what is remembered, where to send the person. Discovery, PKCE, the
 * check of `iss`, refresh and step-up are the SDK's. Must never print a token, a code or a verifier.
 */
import {
  type OAuthClientInformationContext,
  type OAuthClientMetadata,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  OAuthError,
  refreshAuthorization,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
} from "@modelcontextprotocol/client";
import type { PreRegisteredClient } from "./arguments.ts";
import { CALLBACK_PATH } from "./callback_listener.ts";
import { ClientError } from "./client_error.ts";
import type { SignInBrowser } from "./sign_in.ts";
import type { SignInKey, TokenFile } from "./token_file.ts";

const CLIENT_NAME = "Sekisho terminal client";

export class TerminalOAuthProvider implements OAuthClientProvider {
  /** Absent for a pre-registered client: the SDK then refuses another authorization server instead of registering. */
  saveClientInformation?: (
    information: StoredOAuthClientInformation,
    context?: OAuthClientInformationContext,
  ) => void;

  #discovery: OAuthDiscoveryState | undefined;
  #verifier: string | undefined;
  #issuer: string | null = null;
  /** True once the server has confirmed in this run that it knows the client. */
  #isKnown = false;
  #hadTokens = false;
  /** The scopes that the person was already asked for on behalf of one command. */
  readonly #asked = new Set<string>();

  constructor(
    private readonly mcpUrl: string,
    private readonly preRegistered: PreRegisteredClient | null,
    private readonly file: TokenFile,
    readonly browser: SignInBrowser,
  ) {
    if (preRegistered !== null) return;
    this.saveClientInformation = (information, context) => {
      this.#isKnown = true;
      this.file.update(this.key(context), { registration: { ...information } });
    };
  }

  get redirectUrl(): string {
    const { host, port } = this.browser.redirect;
    return `http://${host}:${port}${CALLBACK_PATH}`;
  }

  get clientMetadata(): OAuthClientMetadata {
    return {
      client_name: CLIENT_NAME,
      redirect_uris: [this.redirectUrl],
      application_type: "native",
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
    };
  }

  state(): string {
    return this.browser.newState();
  }

  clientInformation(context?: OAuthClientInformationContext): StoredOAuthClientInformation | undefined {
    if (context !== undefined) this.#issuer = context.issuer;
    if (this.preRegistered === null) {
      return this.file.find(this.key(context)).registration as StoredOAuthClientInformation | undefined;
    }
    const { id, secret } = this.preRegistered;
    // The secret goes to the authorization server that it was first used with, and to no other.
    const issuer = this.latest()?.issuer ?? context?.issuer;
    return {
      client_id: id,
      ...(secret === null ? { token_endpoint_auth_method: "none" } : { client_secret: secret }),
      ...(issuer === undefined ? {} : { issuer }),
    };
  }

  tokens(context?: OAuthClientInformationContext): StoredOAuthTokens | undefined {
    const found = context === undefined ? this.latest() : this.file.find(this.key(context));
    return found?.tokens as StoredOAuthTokens | undefined;
  }

  saveTokens(tokens: StoredOAuthTokens, context?: OAuthClientInformationContext): void {
    this.file.update(this.key(context), { tokens: { ...tokens } });
    this.#isKnown = true;
    this.#hadTokens = false;
    this.#verifier = undefined;
    // The next time the resource may name another authorization server: ask again.
    this.#discovery = undefined;
  }

  /** A new command may ask again for what was refused to an earlier one. */
  newCommand(): void {
    this.#asked.clear();
  }

  async redirectToAuthorization(url: URL): Promise<void> {
    const scope = url.searchParams.get("scope") ?? "";
    const missing = this.missingFor(scope);
    if (this.#asked.has(scope)) throw new ClientError(`This needs access that was not allowed: ${missing}`);
    if (!this.#isKnown) await this.askWhetherWeAreKnown();
    this.#asked.add(scope);
    const why = this.#hadTokens
      ? "Your earlier sign-in has ended. Sign in again:"
      : this.tokens() !== undefined && missing !== ""
      ? `This needs more access: ${missing}. Allow it in your browser:`
      : "Sign in in your browser:";
    this.#hadTokens = false;
    await this.browser.open(url, why);
  }

  /** Of this scope, what the tokens at hand lack: a server asks for the whole again. */
  private missingFor(scope: string): string {
    const held = this.tokens()?.scope?.split(" ") ?? [];
    return scope.split(" ").filter((name) => !held.includes(name)).join(" ");
  }

  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }

  codeVerifier(): string {
    if (this.#verifier === undefined) throw new Error("no sign-in was begun");
    return this.#verifier;
  }

  saveDiscoveryState(state: OAuthDiscoveryState): void {
    this.#discovery = state;
  }

  discoveryState(): OAuthDiscoveryState | undefined {
    return this.#discovery;
  }

  invalidateCredentials(scope: "all" | "client" | "tokens" | "verifier" | "discovery"): void {
    const all = scope === "all";
    if (all || scope === "verifier") this.#verifier = undefined;
    if (all || scope === "discovery") this.#discovery = undefined;
    if (this.#issuer === null) return;
    const key = this.key({ issuer: this.#issuer });
    if (all || scope === "client") this.file.update(key, { registration: undefined });
    if (all || scope === "tokens") {
      this.#hadTokens ||= this.file.find(key).tokens !== undefined;
      this.file.update(key, { tokens: undefined });
    }
  }

  /** The next sign-in starts from nothing, after one that failed. */
  forgetAttempt(): void {
    this.#verifier = undefined;
    this.#discovery = undefined;
  }

  /**
   * Asks before the person is sent away: a server that does not know us shows them a page of its own and we would wait
   * for ever. A refresh token that cannot exist makes it check the client and nothing else (RFC 6749 §5.2).
   *
   * @throws OAuthError `invalid_client`: the SDK then registers anew. ClientError for a pre-registered client.
   */
  private async askWhetherWeAreKnown(): Promise<void> {
    const server = this.#discovery;
    const client = this.#issuer === null ? undefined : this.clientInformation({ issuer: this.#issuer });
    if (server === undefined || client === undefined) return;
    try {
      await refreshAuthorization(server.authorizationServerUrl, {
        ...(server.authorizationServerMetadata === undefined
          ? {}
          : { metadata: server.authorizationServerMetadata }),
        clientInformation: client,
        refreshToken: "none",
      });
    } catch (error) {
      // Any other answer says nothing about the client; if the server is down, the browser will show it.
      if (!(error instanceof OAuthError) || error.code !== "invalid_client") return;
      if (this.preRegistered === null) throw error;
      throw new ClientError("The server does not know this client id, or its secret is wrong.");
    }
  }

  private latest() {
    return this.file.findLatest({ mcpUrl: this.mcpUrl, preRegistered: this.preRegistered?.id ?? null });
  }

  private key(context: OAuthClientInformationContext | undefined): SignInKey {
    if (context === undefined) throw new Error("the SDK names no authorization server");
    return { issuer: context.issuer, mcpUrl: this.mcpUrl, preRegistered: this.preRegistered?.id ?? null };
  }
}
