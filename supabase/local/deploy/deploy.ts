/**
 * `deno task deploy`: a hosted project is made ready, as `start` makes the embedded one: the database is migrated, its
 * roles are let in, the resource is recorded, the pages are built. Leaves in the data folder what the functions must be
 * told and what the static host must serve, and says which commands take it there. Safe to run again.
 *
 * It must never print a secret.
 */
import { publicUrls } from "../../functions/_shared/public_urls.ts";
import { SettingsError } from "../../functions/_shared/runtime/env.ts";
import { createProviders } from "../broker/providers.ts";
import { BuildError, buildWeb } from "../build_web.ts";
import { DatabaseError } from "../database/database_error.ts";
import { prepareDatabase } from "../database/prepare_database.ts";
import { applyDemo } from "../demo.ts";
import { recordResource } from "../record_resource.ts";
import { type DeploySettings, readDeploySettings } from "./deploy_settings.ts";
import { envFile } from "./env_file.ts";
import { writeSite } from "./site.ts";

/** Failures that a person can act on: their message is the whole line. */
const EXPECTED = [SettingsError, DatabaseError, BuildError];

// deno-lint-ignore no-console
const say = (line: string) => console.log(line);
// deno-lint-ignore no-console
const tell = (line: string) => console.error(line);

async function deploy(settings: DeploySettings): Promise<void> {
  const { local, databaseUrl, publicUrl, webUrl, supabaseUrl } = settings;
  const folder = `${local.dataFolder}/deploy`;
  const secretsPath = `${folder}/functions.env`;

  tell("Preparing the database …");
  const { passwords, ...urls } = await prepareDatabase(databaseUrl, local.keyRing);
  await applyDemo(databaseUrl, publicUrl, false);
  await recordResource(databaseUrl, publicUrl);

  const dist = await buildWeb((message) => tell(`${message} …`));
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  await Deno.remove(secretsPath).catch(() => {});
  await Deno.writeTextFile(secretsPath, envFile(await settings.secrets(urls, passwords)), { mode: 0o600 });
  await writeSite(dist, `${folder}/site`, {
    publicUrl,
    webUrl,
    functionsUrl: `${supabaseUrl}/functions/v1`,
    config: {
      supabase_url: supabaseUrl,
      publishable_key: settings.publishableKey,
      public_url: publicUrl,
      providers: ["password", ...createProviders(local).map(({ name }) => name)],
    },
  });

  say(`Sekisho is prepared  ${publicUrl}`);
  say(`  MCP URL      ${publicUrls(publicUrl).resource}`);
  say(`  Functions    supabase secrets set --env-file ${secretsPath}`);
  say("               supabase functions deploy --use-api");
  say(`  Pages        publish ${folder}/site at ${webUrl}`);
  say(`  Sign-in      allow ${webUrl}/consent** and ${webUrl}/account as redirect URLs of the project`);
}

try {
  if (Deno.args.length > 0) {
    throw new SettingsError("the settings are in the environment; there are no arguments");
  }
  await deploy(await readDeploySettings(Deno.env.toObject()));
} catch (error) {
  const expected = EXPECTED.some((kind) => error instanceof kind);
  const why = error instanceof Error ? error.message.split("\n")[0] : "unknown";
  tell(
    `Sekisho cannot be deployed: ${
      expected ? why : `${error instanceof Error ? error.name : "Error"}: ${why}`
    }`,
  );
  Deno.exit(1);
}
