/**
 * As much of a hosted project as the functions meet: each in a process of its own with the environment that its secrets
 * and the platform give it, behind a gateway that takes `/functions/v1` off the path; beside them Supabase Auth.
 */
import { parseEnv } from "node:util";
import { freePort } from "../../../local/testing/product_process.ts";

const FUNCTIONS = new URL("../../", import.meta.url).pathname;
const NAMES = ["oauth", "mcp", "account"];
const READY_WITHIN_MS = 30_000;

export interface HostedProject extends AsyncDisposable {
  /** `SUPABASE_URL`. */
  readonly url: string;
  /** Everything that the functions have written. */
  output(): string;
}

export interface HostedOptions {
  readonly port: number;
  /** What `supabase secrets set` was given. */
  readonly secretsFile: string;
  readonly publishableKey: string;
  /** Where Supabase Auth is. */
  readonly authUrl: string;
}

/** Starts it, and waits until each function answers. */
export async function startHostedProject(options: HostedOptions): Promise<HostedProject> {
  const url = `http://localhost:${options.port}`;
  const env = {
    ...parseEnv(await Deno.readTextFile(options.secretsFile)),
    SUPABASE_URL: url,
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: options.publishableKey }),
  } as Record<string, string>;
  const functions = NAMES.map((name) => startFunction(name, env));
  const places = new Map(functions.map(({ name, port }) => [name, `http://127.0.0.1:${port}`]));
  const gateway = Deno.serve(
    { hostname: "localhost", port: options.port, onListen() {} },
    async (request) => {
      const { pathname, search } = new URL(request.url);
      const [, name = "", rest = ""] = /^\/functions\/v1(\/[^/]*)(.*)$/.exec(pathname) ?? [];
      const origin = name === "" ? options.authUrl : places.get(name.slice(1));
      if (origin === undefined) return Response.json({ message: "Function not found" }, { status: 404 });
      const headers = new Headers(request.headers);
      headers.delete("Host");
      const to = `${origin}${name === "" ? pathname : `${name}${rest}`}${search}`;
      return await fetch(to, { method: request.method, headers, body: request.body, redirect: "manual" });
    },
  );
  const dispose = async () => {
    await gateway.shutdown();
    await Promise.all(functions.map((one) => one.stop()));
  };
  try {
    await Promise.all([...places].map(([name, origin]) => answers(`${origin}/${name}/`)));
  } catch (error) {
    await dispose();
    throw new Error(`${error}\n${functions.map((one) => one.output()).join("\n")}`);
  }
  return {
    url,
    output: () => functions.map((one) => one.output()).join("\n"),
    [Symbol.asyncDispose]: dispose,
  };
}

function startFunction(name: string, env: Record<string, string>) {
  const port = freePort();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "serve",
      "--quiet",
      "--allow-all",
      "--host=127.0.0.1",
      `--port=${port}`,
      `${FUNCTIONS}${name}/index.ts`,
    ],
    cwd: FUNCTIONS,
    env: { ...env, PATH: Deno.env.get("PATH") ?? "", HOME: Deno.env.get("HOME") ?? "" },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let text = "";
  const collect = async (stream: ReadableStream<Uint8Array>) => {
    for await (const chunk of stream.pipeThrough(new TextDecoderStream())) text += chunk;
  };
  const collected = Promise.all([collect(child.stdout), collect(child.stderr)]);
  return {
    name,
    port,
    output: () => text,
    async stop() {
      try {
        child.kill("SIGTERM");
      } catch {
        // It has ended by itself.
      }
      await child.status;
      await collected;
    },
  };
}

async function answers(url: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    const response = await fetch(url).catch(() => null);
    await response?.body?.cancel();
    if (response !== null) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} does not answer`);
}
