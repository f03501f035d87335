/**
 * The whole product in one process: takes the port, prepares the database, builds the pages, loads the functions, serves.
 * Whatever fails on the way, nothing is left running.
 */
import type { PublicConfig } from "../functions/_shared/contract/config.ts";
import { requestOrigin } from "../functions/_shared/http/client_address.ts";
import { isLoopback, originOf } from "../functions/_shared/public_urls.ts";
import { createAuthStandIn } from "./auth_stand_in.ts";
import type { Provider } from "./broker/provider.ts";
import { createProviders, type ProviderPlaces } from "./broker/providers.ts";
import { buildWeb } from "./build_web.ts";
import type { Passwords } from "./database/kept_passwords.ts";
import { prepareDatabase } from "./database/prepare_database.ts";
import { applyDemo } from "./demo.ts";
import { listen } from "./listen.ts";
import {
  checkFunctionEnvironment,
  functionEnvironment,
  type LocalSettings,
  publishableKey,
  supabaseUrl,
  UNPREPARED,
} from "./local_settings.ts";
import { startPostgres } from "./postgres/start_postgres.ts";
import { startPurgeTimer } from "./purge_timer.ts";
import { recordResource } from "./record_resource.ts";
import { createRouter } from "./router.ts";
import { createStaticHost } from "./static_host.ts";

export interface Product {
  /** Whether the demo people can sign in. */
  readonly demo: boolean;
  /** Resolves with the reason when the database ends by itself. */
  readonly databaseExited: Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts it.
 *
 * @param interrupted Ends the start after the step that it is at.
 * @param places Where Google and LINE are, for tests; no setting leads here.
 * @throws with one line for a person when it cannot, and when it was interrupted.
 */
export async function startProduct(
  settings: LocalSettings,
  onProgress: (message: string) => void,
  interrupted: AbortSignal = new AbortController().signal,
  places: ProviderPlaces = {},
): Promise<Product> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const step of stops.splice(0).reverse()) await step().catch(() => {});
  };
  try {
    const unprepared = await functionEnvironment(settings, UNPREPARED);
    const { addressSource, tokenRequestsPerHour, webUrl } = checkFunctionEnvironment({
      ...Deno.env.toObject(),
      ...unprepared,
    });
    const listener = listen(settings.port);
    stops.push(() => listener.close());

    const { databaseUrl, databaseExited } = await openDatabase(settings, onProgress, stops);
    interrupted.throwIfAborted();
    const database = await prepareDatabase(databaseUrl, settings.keyRing);
    interrupted.throwIfAborted();
    await recordResource(databaseUrl, settings.publicUrl);
    const demo = await applyDemo(databaseUrl, settings.publicUrl, database.created);

    const environment = await functionEnvironment(settings, database, database.passwords);
    for (const [name, value] of Object.entries(environment)) Deno.env.set(name, value);
    const providers = createProviders(settings, places);
    const [dist, oauth, mcp, account, auth] = await Promise.all([
      buildWeb(onProgress, interrupted),
      import("../functions/oauth/index.ts"),
      import("../functions/mcp/index.ts"),
      import("../functions/account/index.ts"),
      createAuthStandIn({
        databaseUrl,
        passwords: database.passwords,
        publishableKey: await publishableKey(database.passwords),
        publicUrl: settings.publicUrl,
        siteUrl: webUrl,
        providers,
        signUp: isLoopback(settings.publicUrl),
        wrongPasswordsPerHour: tokenRequestsPerHour,
      }),
    ]);
    stops.push(() => auth.close(), startPurgeTimer(database.oauthUrl));
    interrupted.throwIfAborted();

    listener.serve(createRouter({
      port: settings.port,
      publicUrl: settings.publicUrl,
      functions: { oauth: oauth.default.fetch, mcp: mcp.default.fetch, account: account.default.fetch },
      auth: (request, connection) => auth.fetch(request, requestOrigin(request, connection, addressSource)),
      pages: createStaticHost(dist, [originOf(settings.publicUrl)]),
      config: await publicConfig(settings, database.passwords, providers),
    }));
    return { demo, databaseExited, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function openDatabase(
  settings: LocalSettings,
  onProgress: (message: string) => void,
  stops: (() => Promise<void>)[],
): Promise<{ databaseUrl: string; databaseExited: Promise<string> }> {
  if (settings.databaseUrl !== null) {
    return { databaseUrl: settings.databaseUrl, databaseExited: new Promise(() => {}) };
  }
  const postgres = await startPostgres({ folder: settings.dataFolder, onProgress });
  stops.push(() => postgres.stop());
  return { databaseUrl: postgres.url, databaseExited: postgres.exited };
}

async function publicConfig(
  settings: LocalSettings,
  passwords: Passwords,
  providers: readonly Provider[],
): Promise<PublicConfig> {
  return {
    supabase_url: supabaseUrl(settings),
    publishable_key: await publishableKey(passwords),
    public_url: settings.publicUrl,
    providers: ["password", ...providers.map((provider) => provider.name)],
  };
}
