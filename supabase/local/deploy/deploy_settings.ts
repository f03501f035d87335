/** Settings of `deno task deploy`: those of the product, of which a hosted project leaves fewer open. */
import { FUNCTION_SETTINGS, SettingsError } from "../../functions/_shared/runtime/env.ts";
import type { Passwords } from "../database/kept_passwords.ts";
import type { FunctionUrls } from "../database/prepare_database.ts";
import {
  checkFunctionEnvironment,
  functionEnvironment,
  type LocalSettings,
  readLocalSettings,
  UNPREPARED,
} from "../local_settings.ts";

export interface DeploySettings {
  readonly local: LocalSettings;
  /** The project's database, reached directly as its owner. */
  readonly databaseUrl: string;
  readonly publicUrl: string;
  readonly webUrl: string;
  /** `https://<ref>.supabase.co`. */
  readonly supabaseUrl: string;
  readonly publishableKey: string;
  /** The environment that the functions need beside what hosted Supabase gives them. */
  secrets(urls: FunctionUrls, passwords: Passwords): Promise<Readonly<Record<string, string>>>;
}

const NEEDED = {
  SEKISHO_DATABASE_URL: "the direct connection to the project's database, as its owner",
  SEKISHO_SECRET: "id:key, the key 32 random bytes in base64url; keep it",
  PUBLIC_URL: "where the world will find the server",
  SUPABASE_URL: "the project's own address, https://<ref>.supabase.co",
  SUPABASE_PUBLISHABLE_KEY: "of the project, sb_publishable_…",
};

/**
 * Reads them, and checks all that the functions will read.
 *
 * @throws SettingsError for the first thing that is wrong.
 */
export async function readDeploySettings(env: Readonly<Record<string, string>>): Promise<DeploySettings> {
  for (const [name, what] of Object.entries(NEEDED)) {
    if (!env[name]) throw new SettingsError(`${name}: is needed: ${what}`);
  }
  const local = await readLocalSettings(env);
  const given = Object.fromEntries(FUNCTION_SETTINGS.flatMap((name) => env[name] ? [[name, env[name]]] : []));
  const secrets = async (urls: FunctionUrls, passwords?: Passwords) => {
    const all = await functionEnvironment(local, urls, passwords);
    // Hosted Supabase gives those of such names itself, and takes none.
    const own = Object.entries(all).filter(([name]) => !name.startsWith("SUPABASE_"));
    return { ...given, ...Object.fromEntries(own) };
  };
  const { publicUrl, webUrl, supabaseUrl, publishableKey } = checkFunctionEnvironment({
    ...env,
    ...await secrets(UNPREPARED),
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: env["SUPABASE_PUBLISHABLE_KEY"] }),
  });
  const databaseUrl = env["SEKISHO_DATABASE_URL"] ?? "";
  return { local, databaseUrl, publicUrl, webUrl, supabaseUrl, publishableKey, secrets };
}
