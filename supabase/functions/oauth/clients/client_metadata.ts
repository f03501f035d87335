/**
 * Client metadata (RFC 7591 §2): what a client may say of itself, with the defaults of what it leaves unsaid. Unknown
 * members are ignored; nothing of what was sent is quoted in a refusal.
 */
import type { JWK } from "jose";
import { z } from "zod";
import { OAuthError, type OAuthErrorCode } from "../../_shared/oauth_error.ts";
import { isPlainText } from "../../_shared/plain_text.ts";
import { AUTH_METHODS, DEFAULT_AUTH_METHOD } from "./auth_methods.ts";
import { parseKeySource } from "./client_keys.ts";
import { isRegistrableRedirectUri } from "./redirect_uri.ts";

const MOST_REDIRECT_URIS = 20;

/** A text without control characters: names reach people's screens and NUL reaches no Postgres text. */
const text = (most: number) => z.string().max(most).refine(isPlainText);

/** Without user part, and with a host that reads as it is: pages show it to people. */
const httpUrl = text(2000).refine((value) =>
  /^https?:\/\/[A-Za-z0-9.:[\]-]+([/?#][\x21-\x7e]*)?$/.test(value) && URL.canParse(value)
);

const metadata = (grantTypes: readonly string[]) =>
  z.object({
    redirect_uris: z.array(z.string().refine(isRegistrableRedirectUri)).min(1).max(MOST_REDIRECT_URIS),
    client_name: text(200).default("").transform((name) => name.trim() === "" ? "Unnamed client" : name),
    client_uri: httpUrl.optional(),
    application_type: z.enum(["web", "native"]).default("web"),
    token_endpoint_auth_method: z.enum(AUTH_METHODS).default(DEFAULT_AUTH_METHOD),
    grant_types: z.array(z.string()).max(20).default(["authorization_code", "refresh_token"])
      // What exists is kept, the rest dropped: clients list grants that only some servers know.
      .transform((asked) => [...new Set(asked)].filter((type) => grantTypes.includes(type)))
      .refine((kept) => kept.includes("authorization_code")),
    response_types: z.array(z.string()).max(20).default(["code"])
      .refine((asked) => asked.includes("code")).transform(() => ["code"]),
    scope: text(2000).optional(),
    jwks: z.unknown().optional(),
    jwks_uri: z.unknown().optional(),
  });

/** What is registered, with the keys of a client that signs and of no other. */
export interface ClientMetadata extends Omit<z.infer<ReturnType<typeof metadata>>, "jwks" | "jwks_uri"> {
  readonly jwks?: { readonly keys: readonly JWK[] };
  readonly jwks_uri?: string;
}

/** Which member was wrong decides the code and the text (RFC 7591 §3.2.2). */
const REFUSALS: Readonly<Record<string, readonly [OAuthErrorCode, string]>> = {
  redirect_uris: [
    "invalid_redirect_uri",
    "redirect_uris must list 1 to 20 URIs: https, http on loopback, or a private-use scheme, without fragment or user.",
  ],
  client_name: ["invalid_client_metadata", "client_name must be a text of at most 200 characters."],
  client_uri: ["invalid_client_metadata", "client_uri must be an http or https URL."],
  application_type: ["invalid_client_metadata", "application_type must be web or native."],
  token_endpoint_auth_method: [
    "invalid_client_metadata",
    `token_endpoint_auth_method must be one of ${AUTH_METHODS.join(", ")}.`,
  ],
  grant_types: ["invalid_client_metadata", "grant_types must include authorization_code."],
  response_types: ["invalid_client_metadata", "response_types must include code."],
  scope: ["invalid_client_metadata", "scope must be a text of at most 2000 characters."],
  jwks: [
    "invalid_client_metadata",
    "private_key_jwt needs public signing keys: either jwks, or jwks_uri with an https URL.",
  ],
};

/**
 * The metadata in a registration request.
 *
 * @param grantTypes The grants that exist here.
 * @throws OAuthError `invalid_redirect_uri` or `invalid_client_metadata`.
 */
export function parseClientMetadata(body: unknown, grantTypes: readonly string[]): ClientMetadata {
  const parsed = metadata(grantTypes).safeParse(withoutNulls(body));
  if (!parsed.success) throw refusal(String(parsed.error.issues[0]?.path[0] ?? ""));
  const { jwks, jwks_uri, ...read } = parsed.data;
  if (read.token_endpoint_auth_method !== "private_key_jwt") return read;
  const source = parseKeySource({ jwks, jwks_uri });
  if (source === null) throw refusal("jwks");
  return {
    ...read,
    ...(source.jwks === null ? {} : { jwks: { keys: source.jwks } }),
    ...(source.jwksUri === null ? {} : { jwks_uri: source.jwksUri }),
  };
}

function refusal(member: string): OAuthError {
  const [code, description] = REFUSALS[member] ??
    ["invalid_client_metadata", "The request body must be a JSON object of client metadata."];
  return new OAuthError(code, description, `metadata_${member === "" ? "not_an_object" : member}`);
}

/** Some clients send null for what they leave out. */
function withoutNulls(body: unknown): unknown {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return body;
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
}
