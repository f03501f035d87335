/**
 * A provider on this computer that plays Google and LINE, each as strict as the real one and with its peculiarities:
 * LINE takes the secret from the body alone, signs the id_token of a web login HS256 while its metadata advertises
 * ES256, and gives no e-mail address in userinfo. It asks nobody: who signs in is set by the test.
 */
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { sha256, toBase64Url, utf8 } from "../../functions/_shared/encoding.ts";

export type Kind = "google" | "line";

export interface ProviderPerson {
  readonly sub: string;
  readonly name?: string;
  readonly email?: string;
  readonly email_verified?: unknown;
}

/** Bends an id_token before it is signed: other claims, another algorithm than this provider's, another secret or key. */
export type Bend = (
  claims: JWTPayload,
) => { claims?: JWTPayload; alg?: "none" | "HS256" | "ES256"; secret?: string; key?: CryptoKey };

export interface SignInProvider extends AsyncDisposable {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  person: ProviderPerson;
  /** Set, every authorization ends with this error instead of a code. */
  refuseWith: string | null;
  bend: Bend;
  /** Set, it shows a page with a link "Go on" first, as real ones do. */
  asksFirst: boolean;
  /** Whom userinfo names, if somebody else than the id_token. */
  userinfoSub: string | null;
}

interface Granted {
  readonly redirectUri: string;
  readonly challenge: string;
  readonly nonce: string | null;
  readonly person: ProviderPerson;
}

/** Starts it on a free port of this computer. */
export async function startSignInProvider(kind: Kind): Promise<SignInProvider> {
  const keys = { RS256: await generateKeyPair("RS256"), ES256: await generateKeyPair("ES256") };
  const codes = new Map<string, Granted>();
  const tokens = new Map<string, ProviderPerson>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => answer(request));
  const issuer = `http://127.0.0.1:${server.addr.port}`;
  const provider: SignInProvider = {
    issuer,
    clientId: `${kind}-client`,
    clientSecret: `${kind}-secret-of-32-bytes-and-more-00`,
    person: { sub: `${kind}-person`, name: `A person of ${kind}` },
    refuseWith: null,
    bend: () => ({}),
    asksFirst: false,
    userinfoSub: null,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };

  async function answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    switch (`${request.method} ${url.pathname}`) {
      case "GET /.well-known/openid-configuration":
        return Response.json({
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          userinfo_endpoint: `${issuer}/userinfo`,
          jwks_uri: `${issuer}/keys`,
          response_types_supported: ["code"],
          subject_types_supported: ["public"],
          id_token_signing_alg_values_supported: kind === "google" ? ["RS256", "ES256"] : ["ES256"],
        });
      case "GET /keys":
        return Response.json({
          keys: [
            { ...await exportJWK(keys.RS256.publicKey), kid: "rs", alg: "RS256", use: "sig" },
            { ...await exportJWK(keys.ES256.publicKey), kid: "es", alg: "ES256", use: "sig" },
          ],
        });
      case "GET /authorize":
        return authorize(url.searchParams);
      case "POST /token":
        return await exchange(request);
      case "GET /userinfo": {
        const person = tokens.get(request.headers.get("Authorization")?.replace(/^Bearer /, "") ?? "");
        if (person === undefined) return Response.json({ error: "invalid_token" }, { status: 401 });
        const { sub, name } = person;
        return Response.json(
          kind === "line" ? { sub: provider.userinfoSub ?? sub, name, picture: `${issuer}/p` } : person,
        );
      }
      default:
        return new Response("404", { status: 404 });
    }
  }

  function authorize(query: URLSearchParams): Response {
    const redirectUri = query.get("redirect_uri") ?? "";
    const wrong = query.get("client_id") !== provider.clientId || query.get("response_type") !== "code" ||
      query.get("code_challenge_method") !== "S256" || !query.get("scope")?.split(" ").includes("openid");
    if (wrong || !/^http:\/\/localhost:\d+\/auth\/v1\/callback$/.test(redirectUri)) {
      return new Response("400. That is an error.", { status: 400 });
    }
    const back = new URL(redirectUri);
    back.searchParams.set("state", query.get("state") ?? "");
    if (provider.refuseWith !== null) {
      back.searchParams.set("error", provider.refuseWith);
      back.searchParams.set("error_description", "<b>what the provider says</b>");
    } else {
      const code = crypto.randomUUID();
      const challenge = query.get("code_challenge") ?? "";
      codes.set(code, { redirectUri, challenge, nonce: query.get("nonce"), person: provider.person });
      back.searchParams.set("code", code);
    }
    if (!provider.asksFirst) return new Response(null, { status: 302, headers: { Location: back.href } });
    const page = `<!doctype html><title>A provider</title><a href="${
      back.href.replaceAll("&", "&amp;")
    }">Go on</a>`;
    return new Response(page, { headers: { "Content-Type": "text/html; charset=utf-8" } });
  }

  async function exchange(request: Request): Promise<Response> {
    const form = new URLSearchParams(await request.text());
    if (
      form.get("client_id") !== provider.clientId || form.get("client_secret") !== provider.clientSecret ||
      request.headers.has("Authorization")
    ) return Response.json({ error: "invalid_client" }, { status: 401 });
    const granted = codes.get(form.get("code") ?? "");
    codes.delete(form.get("code") ?? "");
    const challenge = toBase64Url(await sha256(form.get("code_verifier") ?? ""));
    if (granted?.challenge !== challenge || granted.redirectUri !== form.get("redirect_uri")) {
      return Response.json({ error: "invalid_grant" }, { status: 400 });
    }
    const accessToken = crypto.randomUUID();
    tokens.set(accessToken, granted.person);
    return Response.json({
      access_token: accessToken,
      token_type: "Bearer",
      expires_in: 3600,
      scope: "openid profile",
      id_token: await idToken(granted),
    }, { headers: { "Cache-Control": "no-store" } });
  }

  async function idToken({ nonce, person }: Granted): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const natural = { iss: issuer, aud: provider.clientId, iat: now, exp: now + 3600, nonce, ...person };
    const bent = provider.bend(natural);
    const claims = bent.claims ?? natural;
    const alg = bent.alg ?? (kind === "google" ? "RS256" : "HS256");
    if (alg === "none") {
      const part = (value: unknown) => toBase64Url(utf8(JSON.stringify(value)));
      return `${part({ alg })}.${part(claims)}.`;
    }
    if (alg === "HS256") {
      return await new SignJWT(claims).setProtectedHeader({ alg, typ: "JWT" }).sign(
        utf8(bent.secret ?? provider.clientSecret),
      );
    }
    const kid = alg === "ES256" ? "es" : "rs";
    return await new SignJWT(claims).setProtectedHeader({ alg, kid, typ: "JWT" }).sign(
      bent.key ?? keys[alg].privateKey,
    );
  }

  return provider;
}
