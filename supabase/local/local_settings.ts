/**
 * Settings of the embedded server: those of the contract that concern it, with its defaults, and the environment that
 * hosted Supabase would give the functions.
 */
import { toBase64Url } from "../functions/_shared/encoding.ts";
import { originOf } from "../functions/_shared/public_urls.ts";
import {
  keyRing,
  type OAuthSettings,
  readAccountSettings,
  readMcpSettings,
  readOAuthSettings,
  refuseUnknownNames,
  SettingsError,
} from "../functions/_shared/runtime/env.ts";
import type { ProviderCredentials } from "./broker/provider.ts";
import type { Passwords } from "./database/kept_passwords.ts";
import type { FunctionUrls } from "./database/prepare_database.ts";
import type { KeyRing } from "../functions/_shared/runtime/keys.ts";

export interface LocalSettings {
  readonly port: number;
  readonly publicUrl: string;
  readonly dataFolder: string;
  /** A Postgres to use instead of starting one. */
  readonly databaseUrl: string | null;
  /** Where the functions connect instead of to it directly: a pooler, which cannot prepare a database. */
  readonly functionUrls: Readonly<Record<"oauth" | "mcp" | "account", string | null>>;
  readonly secret: string;
  readonly keyRing: KeyRing;
  /** What Google and LINE gave the operator; null where nothing is set, and then nobody signs in that way. */
  readonly google: ProviderCredentials | null;
  readonly line: ProviderCredentials | null;
}

/**
 * Reads them from the environment. Makes SEKISHO_SECRET in the data folder where none is given and the database is
 * our own child.
 *
 * @throws SettingsError for the first thing that is wrong.
 */
export async function readLocalSettings(env: Readonly<Record<string, string>>): Promise<LocalSettings> {
  refuseUnknownNames(env);
  const port = readPort(env["PORT"] || "54321");
  const dataFolder = env["SEKISHO_DATA_DIR"] || ".sekisho";
  const databaseUrl = readDatabaseUrl(env["SEKISHO_DATABASE_URL"] || null);
  if (databaseUrl !== null && !env["SEKISHO_SECRET"]) {
    throw new SettingsError("SEKISHO_SECRET: is required together with SEKISHO_DATABASE_URL");
  }
  const functionUrls = {
    oauth: env["SEKISHO_OAUTH_DATABASE_URL"] || null,
    mcp: env["SEKISHO_MCP_DATABASE_URL"] || null,
    account: env["SEKISHO_ACCOUNT_DATABASE_URL"] || null,
  };
  if (databaseUrl === null && Object.values(functionUrls).some((url) => url !== null)) {
    throw new SettingsError(
      "SEKISHO_OAUTH_DATABASE_URL, SEKISHO_MCP_DATABASE_URL, SEKISHO_ACCOUNT_DATABASE_URL: need SEKISHO_DATABASE_URL, the same database reached directly",
    );
  }
  const providers = {
    google: readCredentials(env, "GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"),
    line: readCredentials(env, "LINE_CHANNEL_ID", "LINE_CHANNEL_SECRET"),
  };
  // A secret that is given is checked before anything is written.
  const given = env["SEKISHO_SECRET"] ? keyRing(env["SEKISHO_SECRET"]) : null;
  const secret = env["SEKISHO_SECRET"] || await secretIn(dataFolder);
  return {
    port,
    publicUrl: env["PUBLIC_URL"] || originAt("localhost", port),
    dataFolder,
    databaseUrl,
    functionUrls,
    secret,
    keyRing: given ?? keyRing(secret),
    ...providers,
  };
}

/** What the functions and the Supabase Auth stand-in share, in the names that hosted Supabase uses. */
export async function functionEnvironment(
  settings: LocalSettings,
  databaseUrls: FunctionUrls,
  passwords: Passwords = settings.keyRing,
): Promise<Record<string, string>> {
  return {
    PUBLIC_URL: settings.publicUrl,
    SEKISHO_SECRET: settings.secret,
    SEKISHO_OAUTH_DATABASE_URL: settings.functionUrls.oauth ?? databaseUrls.oauthUrl,
    SEKISHO_MCP_DATABASE_URL: settings.functionUrls.mcp ?? databaseUrls.mcpUrl,
    SEKISHO_ACCOUNT_DATABASE_URL: settings.functionUrls.account ?? databaseUrls.accountUrl,
    SUPABASE_URL: originAt("127.0.0.1", settings.port),
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: await publishableKey(passwords) }),
  };
}

const NOWHERE = "postgresql://localhost";
/** In place of a database that is not prepared yet. */
export const UNPREPARED: FunctionUrls = { oauthUrl: NOWHERE, mcpUrl: NOWHERE, accountUrl: NOWHERE };

/**
 * Checks everything that the functions will read of this environment.
 *
 * @throws SettingsError for the first thing that is wrong.
 * @returns what the function `oauth` reads, which is the most.
 */
export function checkFunctionEnvironment(env: Readonly<Record<string, string>>): OAuthSettings {
  readMcpSettings(env);
  readAccountSettings(env);
  return readOAuthSettings(env);
}

/** The key that names this project to Supabase Auth. Public, and the same in every process. */
export async function publishableKey(passwords: Passwords): Promise<string> {
  return `sb_publishable_${(await passwords.password("publishable key")).slice(0, 32)}`;
}

/** Origin under which pages find Supabase Auth: as on hosted, that of PUBLIC_URL. */
export function supabaseUrl(settings: LocalSettings): string {
  return originOf(settings.publicUrl);
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65535) throw new SettingsError("PORT: must be a number between 1 and 65535");
  return port;
}

/** As browsers write it: without the port that http has anyway. */
function originAt(host: string, port: number): string {
  return port === 80 ? `http://${host}` : `http://${host}:${port}`;
}

function readDatabaseUrl(text: string | null): string | null {
  if (text !== null && !(/^postgres(ql)?:\/\//.test(text) && URL.canParse(text))) {
    throw new SettingsError("SEKISHO_DATABASE_URL: must be a postgresql:// URL");
  }
  return text;
}

/** Both or neither: with one alone nobody could sign in, and nobody would know why. */
function readCredentials(
  env: Readonly<Record<string, string>>,
  idName: string,
  secretName: string,
): ProviderCredentials | null {
  const [clientId = "", clientSecret = ""] = [env[idName], env[secretName]];
  if (clientId === "" && clientSecret === "") return null;
  for (const [name, value, other] of [[idName, clientId, secretName], [secretName, clientSecret, idName]]) {
    if (!value) throw new SettingsError(`${name}: is required together with ${other}`);
    if (!/^[\x21-\x7e]{1,512}$/.test(value)) {
      throw new SettingsError(`${name}: must be printable ASCII without spaces`);
    }
  }
  return { clientId, clientSecret };
}

/** What is in the way of the folder is told with the setting that leads elsewhere. */
async function secretIn(dataFolder: string): Promise<string> {
  try {
    return await secretOf(dataFolder);
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown";
    throw new SettingsError(`SEKISHO_DATA_DIR: ${dataFolder} cannot be used: ${why.split(": ")[0]}`);
  }
}

/** The secret in the data folder, made at the first start. */
async function secretOf(dataFolder: string): Promise<string> {
  const path = `${dataFolder}/secret`;
  try {
    return (await Deno.readTextFile(path)).trim();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  await Deno.mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const secret = `local:${toBase64Url(crypto.getRandomValues(new Uint8Array(32)))}`;
  try {
    await Deno.writeTextFile(path, `${secret}\n`, { mode: 0o600, createNew: true });
    return secret;
  } catch (error) {
    // Another start made it a moment ago.
    if (error instanceof Deno.errors.AlreadyExists) return (await Deno.readTextFile(path)).trim();
    throw error;
  }
}
