// A parent process for tests to kill: starts Postgres on the folder it is given, tells what happens on stdout and
// stays. It must never stop its Postgres.
import { startPostgres } from "../start_postgres.ts";

const say = (line: string) => Deno.stdout.write(new TextEncoder().encode(line + "\n"));
try {
  const { url } = await startPostgres({
    folder: Deno.args[0] ?? "",
    onProgress: (message) => void say(message),
  });
  await say(url);
  await new Promise(() => setInterval(() => {}, 60_000));
} catch (error) {
  await say(String(error));
  Deno.exit(1);
}
