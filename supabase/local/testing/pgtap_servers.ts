/**
 * The servers that pgTAP runs on: Debian's Postgres 15, with the real pg_cron, and the embedded 17. Each is thrown
 * away afterwards, also after Ctrl-C. One that this machine cannot start is named, never passed over in silence.
 */
import { join } from "node:path";
import { LocalPostgresError } from "../postgres/local_postgres_error.ts";
import { removeTree } from "../postgres/paths.ts";
import { startPostgres, wipePostgres } from "../postgres/start_postgres.ts";
import { startDebianPostgres } from "./debian_postgres.ts";

interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

const SERVERS: readonly { readonly label: string; start(): Promise<Server | null> }[] = [
  { label: "debian 15", start: startDebianPostgres },
  { label: "embedded 17", start: startEmbedded },
];

/** Answers the labels of the servers that are not available here. */
export async function onEveryServer(run: (url: string, label: string) => Promise<void>): Promise<string[]> {
  const missing: string[] = [];
  for (const { label, start } of SERVERS) {
    const server = await start();
    if (server === null) {
      missing.push(label);
      continue;
    }
    const interrupted = () => void server.stop().finally(() => Deno.exit(130));
    Deno.addSignalListener("SIGINT", interrupted);
    try {
      await run(server.url, label);
    } finally {
      Deno.removeSignalListener("SIGINT", interrupted);
      await server.stop();
    }
  }
  return missing;
}

async function startEmbedded(): Promise<Server | null> {
  const parent = await Deno.realPath(await Deno.makeTempDir({ prefix: "sekisho_pgtap_" }));
  await Deno.chmod(parent, 0o755);
  const folder = join(parent, "data");
  const remove = async () => {
    await wipePostgres(folder);
    await removeTree(parent);
  };
  try {
    const { url, stop } = await startPostgres({
      folder,
      onProgress: () => {},
      settings: { fsync: "off", full_page_writes: "off" },
    });
    let stopping: Promise<void> | undefined;
    return { url, stop: () => stopping ??= stop().finally(remove) };
  } catch (error) {
    await remove();
    if (error instanceof LocalPostgresError) return null;
    throw error;
  }
}
