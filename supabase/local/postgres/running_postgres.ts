// The embedded Postgres that a running Sekisho serves a data folder with, for commands beside it. Only reads.
import { recordedHome } from "./data_home.ts";
import { LocalPostgresError } from "./local_postgres_error.ts";
import { dataFolder, isNotFound, passwordFile, readTextOrNull } from "./paths.ts";
import { identify, readPostmasterFile } from "./postmaster_file.ts";

/** A superuser's URL of it. @throws LocalPostgresError when none runs there. */
export async function runningPostgres(folder: string): Promise<string> {
  const notThere = new LocalPostgresError(
    `no running Sekisho in ${folder}: start it, or name its database in SEKISHO_DATABASE_URL`,
  );
  const path = await Deno.realPath(folder).catch((error) => {
    throw isNotFound(error) ? notThere : error;
  });
  const data = dataFolder(await recordedHome(path));
  const postmaster = await readPostmasterFile(data);
  const password = (await readTextOrNull(passwordFile(path)))?.trim();
  if (postmaster === null || !password || await identify(postmaster.pid, data) !== "ours") throw notThere;
  return `postgresql://postgres:${password}@127.0.0.1:${postmaster.port}/postgres`;
}
