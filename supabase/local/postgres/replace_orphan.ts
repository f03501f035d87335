// Clears the way after a parent that was killed: ends the postmaster that it left on our data folder, and the
// pid file that names a stranger. To be called with the data lock held. It must never signal a stranger.
import { LocalPostgresError } from "./local_postgres_error.ts";
import { identify, postmasterPath, readPostmasterFile } from "./postmaster_file.ts";
import { sendSignal, stopPostmaster, type StopSignal } from "./stop_postmaster.ts";

export async function replaceOrphan(data: string, bin: string | null): Promise<void> {
  const file = await readPostmasterFile(data);
  if (file === null) return;
  const isGone = async () => await identify(file.pid, data) !== "ours";
  const send = async (signal: StopSignal) => {
    if (!await isGone()) await sendSignal(file.pid, signal, bin);
  };
  switch (await identify(file.pid, data)) {
    case "ours":
      await stopPostmaster(send, isGone);
      if (!await isGone()) {
        throw new LocalPostgresError(`process ${file.pid}, a Postgres on ${data}, cannot be ended`);
      }
      return;
    case "foreign":
      // Postgres would take the stranger for a postmaster and refuse to start.
      return await Deno.remove(postmasterPath(data));
    case "gone":
      // A zombie looks alive to Postgres; a number that is truly free does not, and Postgres then checks for more.
      if (Deno.build.os === "linux" && await isZombie(file.pid)) await Deno.remove(postmasterPath(data));
      return;
    case "unclear":
      // Postgres itself refuses this one.
      return;
  }
}

async function isZombie(pid: number): Promise<boolean> {
  try {
    return (await Deno.stat(`/proc/${pid}`)).isDirectory;
  } catch {
    return false;
  }
}
