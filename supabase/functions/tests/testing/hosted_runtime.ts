/** The functions as hosted Supabase runs them: its Deno line, a process per function, a gateway in front. */
import { freePort } from "../../../local/testing/product_process.ts";
import { HOSTED_FLAGS, npx } from "../../../local/testing/run_hosted_deno.ts";

const ROOT = new URL("../../../../", import.meta.url);
const READY_WITHIN_MS = 30_000;
const PREFIX = "/functions/v1/";

export interface ServedFunction extends AsyncDisposable {
  /** Without the function's name. */
  readonly url: string;
}

/** Where npx keeps that Deno: started directly, so that it can be ended by its own pid. */
export async function hostedDenoPath(): Promise<string> {
  const { stdout } = await npx("eval", "--no-lock", "console.log(Deno.execPath())").output();
  return new TextDecoder().decode(stdout).trim();
}

/** Runs that Deno to its end in another folder. */
export async function runHostedDenoIn(
  folder: string,
  [command = "", ...args]: readonly string[],
): Promise<{ success: boolean; said: string }> {
  const { success, stdout, stderr } = await new Deno.Command(await hostedDenoPath(), {
    args: [command, ...HOSTED_FLAGS, ...args],
    cwd: folder,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  return { success, said: `${decoder.decode(stdout)}${decoder.decode(stderr)}` };
}

/** Serves one function, as the hosted runtime calls it: the default export's `fetch`. */
export async function serveFunction(
  deno: string,
  name: string,
  env: Readonly<Record<string, string>>,
): Promise<ServedFunction> {
  const port = freePort();
  const entry = `supabase/functions/${name}/index.ts`;
  const process = new Deno.Command(deno, {
    args: [
      "serve",
      "--allow-all",
      "--no-check",
      ...HOSTED_FLAGS,
      "--host=127.0.0.1",
      `--port=${port}`,
      entry,
    ],
    cwd: ROOT,
    env: { ...inherited(), ...env },
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const dispose = async () => {
    try {
      process.kill("SIGTERM");
    } catch {
      // It has ended by itself.
    }
    await process.status;
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await untilItListens(port);
  } catch (error) {
    await dispose();
    throw error;
  }
  return { url, [Symbol.asyncDispose]: dispose };
}

/** Hands `/functions/v1/<name>/…` to that function without the prefix, everything else to `rest`. */
export function serveGateway(
  port: number,
  functions: Readonly<Record<string, string>>,
  rest: string,
): AsyncDisposable {
  const server = Deno.serve({ hostname: "127.0.0.1", port, onListen() {} }, (request) => {
    const { pathname, search } = new URL(request.url);
    const name = pathname.startsWith(PREFIX) ? pathname.slice(PREFIX.length).split("/")[0] ?? "" : "";
    const target = functions[name] === undefined
      ? `${rest}${pathname}`
      : `${functions[name]}/${pathname.slice(PREFIX.length)}`;
    const headers = new Headers(request.headers);
    headers.delete("Host");
    return fetch(`${target}${search}`, {
      method: request.method,
      headers,
      body: request.body,
      redirect: "manual",
    });
  });
  return { [Symbol.asyncDispose]: () => server.shutdown() };
}

async function untilItListens(port: number): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    try {
      return (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** What a process needs of ours; nothing that could be a setting. */
function inherited(): Record<string, string> {
  const names = Object.entries(Deno.env.toObject()).filter(([name]) =>
    /^(PATH|HOME|DENO_DIR|TMPDIR|npm_config_registry)$/i.test(name)
  );
  return Object.fromEntries(names);
}
