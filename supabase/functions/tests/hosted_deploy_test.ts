/**
 * Hosted wall: what `supabase functions deploy` uploads is all that the hosted bundler has. It must be whole (the import
 * map lies outside supabase/), hold no test, and be deployed without the gateway's own check of tokens.
 */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { hasHostedDeno } from "../../local/testing/run_hosted_deno.ts";
import { envFile } from "../../local/deploy/env_file.ts";
import { deployFunctions, hasSupabaseCli, setSecrets } from "./testing/hosted_cli.ts";
import { serveManagementApi, type Upload } from "./testing/hosted_management_api.ts";
import { runHostedDenoIn } from "./testing/hosted_runtime.ts";

Deno.test({
  name: "supabase functions deploy uploads whole functions and nothing else",
  ignore: !hasSupabaseCli() || !hasHostedDeno(),
  async fn() {
    await using api = serveManagementApi();
    const { code, said } = await deployFunctions(api.url);
    assert.equal(code, 0, said);
    assert.doesNotMatch(said, /WARN/);
    assert.deepEqual([...api.uploads.keys()].sort(), functionNames());
    for (const [name, upload] of api.uploads) await assertWhole(name, upload);
  },
});

Deno.test({
  name: "supabase secrets set takes the file of deno task deploy, and every value arrives as it is",
  ignore: !hasSupabaseCli(),
  async fn() {
    const values = {
      PUBLIC_URL: "https://auth.example.com",
      SEKISHO_SECRET: `one:${"A".repeat(43)},two:${"_-".repeat(21)}A`,
      SEKISHO_OAUTH_DATABASE_URL: "postgresql://role:pass%24word@db.example.com:5432/postgres?a=$HOME#b",
      ALLOWED_ORIGINS: 'https://a.example, https://b.example "c" \\n',
    };
    await using api = serveManagementApi();
    const file = await Deno.makeTempFile({ prefix: "sekisho_secrets_", suffix: ".env" });
    try {
      await Deno.writeTextFile(file, envFile(values));
      const { code, said } = await setSecrets(file, api.url);
      assert.equal(code, 0, said);
      assert.deepEqual(Object.fromEntries(api.secrets), values);
    } finally {
      await Deno.remove(file);
    }
  },
});

async function assertWhole(name: string, { metadata, files }: Upload): Promise<void> {
  const { entrypoint_path, import_map_path, verify_jwt } = metadata;
  assert.deepEqual([name, verify_jwt], [name, false]);
  const strays = [...files.keys()].filter((path) =>
    /_test\.ts$|\/testing\/|\/tests\/|^supabase\/local\//.test(path)
  );
  assert.deepEqual(strays, []);

  const folder = await Deno.makeTempDir({ prefix: "sekisho_upload_" });
  try {
    for (const [path, text] of files) {
      await Deno.mkdir(join(folder, dirname(path)), { recursive: true });
      await Deno.writeTextFile(join(folder, path), text);
    }
    // Not `cache`, which is content with a missing file.
    const { success, said } = await runHostedDenoIn(folder, [
      "check",
      `--config=${import_map_path}`,
      entrypoint_path,
    ]);
    assert.ok(success, `${name}: ${said}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Folders with a composition root. */
function functionNames(): string[] {
  const folder = new URL("../", import.meta.url);
  const names = [...Deno.readDirSync(folder)].filter((entry) => entry.isDirectory).map(({ name }) => name);
  return names.filter((name) =>
    [...Deno.readDirSync(new URL(`${name}/`, folder))].some((file) => file.name === "index.ts")
  )
    .sort();
}
