/**
 * Settings: the environment, checked once at start. A malformed value or an unknown name that begins with `SEKISHO_` is
 * refused with the name and the reason, never with the value.
 */
import { z } from "zod";
import type { AddressSource } from "../http/client_address.ts";
import { isLoopback, originOf } from "../public_urls.ts";
import { type KeyRing, parseKeyRing } from "./keys.ts";

/** What every function must know. */
interface PublicSettings {
  readonly publicUrl: string;
  readonly webUrl: string;
  /** Origins whose pages may call `/mcp`: ours and ALLOWED_ORIGINS (MCP transports, "Security Warning"). */
  readonly allowedOrigins: readonly string[];
  /** As the role of this function, and no other's. */
  readonly databaseUrl: string;
}

/** What the `mcp` function must know: no secret but its way to the database. */
export interface McpSettings extends PublicSettings {
  /** Of each person; 0 for no limit. */
  readonly callsPerHour: number;
  /** Whether an API key is also taken from the query. */
  readonly apiKeyInQuery: boolean;
}

/** What the `account` function must know: who people are, and no secret but its way to the database. */
export interface AccountSettings extends PublicSettings {
  readonly trustedClientHosts: readonly string[];
  readonly addressSource: AddressSource;
  readonly supabaseUrl: string;
  readonly publishableKey: string;
}

/** What the `oauth` function must know. */
export interface OAuthSettings extends PublicSettings {
  /** Whether clients may register themselves: all, those with a registration token, or none. */
  readonly registration: "open" | "token" | "off";
  readonly trustedClientHosts: readonly string[];
  readonly accessTokenSeconds: number;
  readonly refreshTokenSeconds: number;
  readonly refreshReplaySeconds: number;
  readonly codeReplaySeconds: number;
  /** How long a key signs before the next takes over. */
  readonly signingKeyDays: number;
  /** Registrations from one address that no flow has completed; 0 for no limit. */
  readonly registrationsPerHour: number;
  /** Of each subject (ADR 0021); 0 for no limit. */
  readonly tokenRequestsPerHour: number;
  readonly addressSource: AddressSource;
  readonly supabaseUrl: string;
  readonly publishableKey: string;
  readonly keyRing: KeyRing;
}

/** A setting that cannot be used. One line, for a person. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

const KNOWN_SEKISHO_NAMES = new Set([
  "SEKISHO_DATA_DIR",
  "SEKISHO_SECRET",
  "SEKISHO_DATABASE_URL",
  "SEKISHO_OAUTH_DATABASE_URL",
  "SEKISHO_MCP_DATABASE_URL",
  "SEKISHO_ACCOUNT_DATABASE_URL",
]);

const seconds = (least: number, most: number, otherwise: number) =>
  z.string().regex(/^\d{1,9}$/, "must be a whole number of seconds").transform(Number)
    .refine((value) => value >= least && value <= most, `must be between ${least} and ${most}`)
    .default(otherwise);

const days = (least: number, most: number, otherwise: number) =>
  z.string().regex(/^\d{1,9}$/, "must be a whole number of days").transform(Number)
    .refine((value) => value >= least && value <= most, `must be between ${least} and ${most}`)
    .default(otherwise);

/** Introspections may be a hundred times as many: Postgres must still have an integer for that. */
const perHour = (otherwise: number) =>
  z.string().regex(/^\d{1,7}$/, "must be a whole number per hour, below ten million").transform(Number)
    .default(otherwise);

/** As browsers write it: with upper case, a default port or dots in the path it would never equal what they send. */
const httpUrl = z.string()
  .regex(/^https?:\/\/[A-Za-z0-9.:[\]-]+(\/[A-Za-z0-9._~/-]*)?$/, "must be an http or https URL")
  .refine((value) => URL.canParse(value), "must be an http or https URL")
  .refine((value) => !value.endsWith("/"), "must not end with a slash")
  .refine(
    (value) => URL.canParse(value) && new URL(value).href.replace(/\/$/, "") === value.replace(/\/$/, ""),
    "must be written as browsers write it: lower case, no default port, no dots in the path",
  );

const url = httpUrl.refine(
  (value) => value.startsWith("https:") || isLoopback(value),
  "must be https unless its host is loopback",
);

const postgresUrl = z.string().regex(/^postgres(ql)?:\/\//, "must be a postgresql:// URL")
  .refine((value) => URL.canParse(value), "must be a postgresql:// URL");

const list = z.string().transform((value) =>
  value.split(",").map((item) => item.trim()).filter((item) => item !== "")
);

/** Settings of every function: all that can be malformed is refused by each. */
const everywhere = {
  PUBLIC_URL: url,
  WEB_URL: url.optional(),
  ALLOWED_ORIGINS: list.pipe(
    z.array(
      z.string().refine(
        (value) => URL.canParse(value) && new URL(value).origin === value,
        "must be a list of origins",
      ),
    ),
  ).optional(),
  REGISTRATION: z.enum(["open", "token", "off"], "must be open, token or off").default("open"),
  TRUSTED_CLIENT_HOSTS: list.pipe(
    z.array(z.string().regex(/^[a-z0-9.-]+(:\d{1,5})?$/, "must be a list of host names")),
  ).default([]),
  ACCESS_TOKEN_SECONDS: seconds(30, 86_400, 900),
  REFRESH_TOKEN_SECONDS: seconds(60, 31_536_000, 2_592_000),
  REFRESH_REPLAY_SECONDS: seconds(0, 600, 60),
  CODE_REPLAY_SECONDS: seconds(0, 600, 10),
  SIGNING_KEY_DAYS: days(1, 3650, 90),
  RATE_REGISTER: perHour(10),
  RATE_TOKEN: perHour(100),
  RATE_MCP: perHour(1000),
  API_KEY_IN_QUERY: z.enum(["on", "off"], "must be on or off").default("off"),
  CLIENT_IP_HEADER: z.string().regex(/^[A-Za-z0-9!#$&'*+.^_`|~-]{1,100}$/, "must be the name of a header")
    .transform((name) => name.toLowerCase())
    .refine((name) => name !== "forwarded", "must be a header that holds addresses and nothing else")
    .optional(),
  TRUSTED_HOPS: z.string().regex(/^([1-9]|10)$/, "must be a whole number between 1 and 10").transform(Number)
    .optional(),
};

/** Names of the settings that every function reads. */
export const FUNCTION_SETTINGS: readonly string[] = Object.keys(everywhere);

const mcpEnvironment = z.object({ ...everywhere, SEKISHO_MCP_DATABASE_URL: postgresUrl });

/** Where Supabase Auth is asked who somebody is. */
const signIn = {
  // Within a container network it is http and no loopback.
  SUPABASE_URL: httpUrl,
  SUPABASE_PUBLISHABLE_KEYS: z.string().optional(),
  SUPABASE_ANON_KEY: z.string().optional(),
};

const accountEnvironment = z.object({ ...everywhere, ...signIn, SEKISHO_ACCOUNT_DATABASE_URL: postgresUrl });

const oauthEnvironment = z.object({
  ...everywhere,
  ...signIn,
  SEKISHO_SECRET: z.string(),
  SEKISHO_OAUTH_DATABASE_URL: postgresUrl,
});

/**
 * The settings of the `oauth` function in this environment.
 *
 * @throws SettingsError for the first thing that is wrong.
 */
export function readOAuthSettings(env: Readonly<Record<string, string>>): OAuthSettings {
  const read = parse(oauthEnvironment, env);
  return {
    ...publicSettings(read, read.SEKISHO_OAUTH_DATABASE_URL),
    registration: read.REGISTRATION,
    trustedClientHosts: read.TRUSTED_CLIENT_HOSTS,
    accessTokenSeconds: read.ACCESS_TOKEN_SECONDS,
    refreshTokenSeconds: read.REFRESH_TOKEN_SECONDS,
    refreshReplaySeconds: read.REFRESH_REPLAY_SECONDS,
    codeReplaySeconds: read.CODE_REPLAY_SECONDS,
    signingKeyDays: read.SIGNING_KEY_DAYS,
    registrationsPerHour: read.RATE_REGISTER,
    tokenRequestsPerHour: read.RATE_TOKEN,
    addressSource: addressSource(read.CLIENT_IP_HEADER, read.TRUSTED_HOPS),
    supabaseUrl: read.SUPABASE_URL,
    publishableKey: publishableKey(read.SUPABASE_PUBLISHABLE_KEYS, read.SUPABASE_ANON_KEY),
    keyRing: keyRing(read.SEKISHO_SECRET),
  };
}

/**
 * The settings of the `mcp` function in this environment.
 *
 * @throws SettingsError for the first thing that is wrong.
 */
export function readMcpSettings(env: Readonly<Record<string, string>>): McpSettings {
  const read = parse(mcpEnvironment, env);
  return {
    ...publicSettings(read, read.SEKISHO_MCP_DATABASE_URL),
    callsPerHour: read.RATE_MCP,
    apiKeyInQuery: read.API_KEY_IN_QUERY === "on",
  };
}

/**
 * The settings of the `account` function in this environment.
 *
 * @throws SettingsError for the first thing that is wrong.
 */
export function readAccountSettings(env: Readonly<Record<string, string>>): AccountSettings {
  const read = parse(accountEnvironment, env);
  return {
    ...publicSettings(read, read.SEKISHO_ACCOUNT_DATABASE_URL),
    trustedClientHosts: read.TRUSTED_CLIENT_HOSTS,
    addressSource: addressSource(read.CLIENT_IP_HEADER, read.TRUSTED_HOPS),
    supabaseUrl: read.SUPABASE_URL,
    publishableKey: publishableKey(read.SUPABASE_PUBLISHABLE_KEYS, read.SUPABASE_ANON_KEY),
  };
}

/** A number of hops says which entry of a header to believe: without the header it would say nothing. */
function addressSource(header: string | undefined, hops: number | undefined): AddressSource {
  if (header === undefined && hops !== undefined) {
    throw new SettingsError("TRUSTED_HOPS: needs CLIENT_IP_HEADER");
  }
  return { header: header ?? null, trustedHops: hops ?? 1 };
}

function parse<Schema extends z.ZodObject>(
  schema: Schema,
  env: Readonly<Record<string, string>>,
): z.infer<Schema> {
  refuseUnknownNames(env);
  // An empty value counts as none: that is how shells and dashboards unset things.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const missing = given[String(issue?.path[0])] === undefined;
  throw new SettingsError(`${String(issue?.path[0])}: ${missing ? "is missing" : issue?.message}`);
}

function publicSettings(
  read: { PUBLIC_URL: string; WEB_URL?: string | undefined; ALLOWED_ORIGINS?: string[] | undefined },
  databaseUrl: string,
): PublicSettings {
  const origin = originOf(read.PUBLIC_URL);
  if (read.WEB_URL === undefined && origin !== read.PUBLIC_URL) {
    throw new SettingsError("WEB_URL: is required when PUBLIC_URL has a path, where no pages are served");
  }
  const webUrl = read.WEB_URL ?? read.PUBLIC_URL;
  return {
    publicUrl: read.PUBLIC_URL,
    webUrl,
    allowedOrigins: [
      origin,
      originOf(webUrl),
      ...(read.ALLOWED_ORIGINS ?? (isLoopback(read.PUBLIC_URL) ? ["http://localhost:6274"] : [])),
    ],
    databaseUrl,
  };
}

/** Refuses names that begin with `SEKISHO_` and mean nothing: a typing error must not silently be a default. */
export function refuseUnknownNames(env: Readonly<Record<string, string>>): void {
  const unknown = Object.keys(env).find((name) =>
    name.startsWith("SEKISHO_") && !KNOWN_SEKISHO_NAMES.has(name)
  );
  if (unknown !== undefined) throw new SettingsError(`${unknown}: is not a setting of Sekisho`);
}

/** Parses SEKISHO_SECRET. @throws SettingsError naming the rule, never the value. */
export function keyRing(text: string): KeyRing {
  try {
    return parseKeyRing(text);
  } catch (error) {
    throw new SettingsError(`SEKISHO_SECRET: ${error instanceof Error ? error.message : "cannot be read"}`);
  }
}

/** Hosted Supabase gives `{"default": "sb_publishable_…"}`; older projects a legacy anon key. */
function publishableKey(keys: string | undefined, anonKey: string | undefined): string {
  const dictionary = z.record(z.string(), z.string()).safeParse(parseJson(keys ?? "{}"));
  const key = dictionary.data?.["default"] ?? Object.values(dictionary.data ?? {})[0] ?? anonKey;
  if (key === undefined) {
    throw new SettingsError("SUPABASE_PUBLISHABLE_KEYS: is missing or not a dictionary of keys");
  }
  return key;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
