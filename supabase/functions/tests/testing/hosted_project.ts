/**
 * As much of a hosted project as the functions meet: each in a process of its own with the environment that its secrets
 * and the platform give it, behind a gateway that takes `/functions/v1` off the path; beside them Supabase Auth.
 */
import { parseEnv } from "node:util";
import { freePort, spawnProduct } from "../../../local/testing/product_process.ts";
import { forward } from "./static_site.ts";

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
  const functions = NAMES.map((name) => {
    const PORT = String(freePort());
    const serve = ["serve", "--quiet", "--allow-all", "--host=127.0.0.1", `--port=${PORT}`];
    return { name, process: spawnProduct({ ...env, PORT }, [`${FUNCTIONS}${name}/index.ts`], serve) };
  });
  const places = new Map(functions.map(({ name, process }) => [name, `http://127.0.0.1:${process.port}`]));
  const output = () => functions.map(({ process }) => process.output()).join("\n");
  const gateway = Deno.serve(
    { hostname: "localhost", port: options.port, onListen() {} },
    async (request) => {
      const { pathname, search } = new URL(request.url);
      const [, name = "", rest = ""] = /^\/functions\/v1(\/[^/]*)(.*)$/.exec(pathname) ?? [];
      const origin = name === "" ? options.authUrl : places.get(name.slice(1));
      if (origin === undefined) return Response.json({ message: "Function not found" }, { status: 404 });
      return await forward(request, `${origin}${name === "" ? pathname : `${name}${rest}`}${search}`);
    },
  );
  const dispose = async () => {
    await gateway.shutdown();
    await Promise.all(functions.map(({ process }) => process.stop()));
  };
  try {
    await Promise.all([...places].map(([name, origin]) => answers(`${origin}/${name}/`)));
  } catch (error) {
    await dispose();
    throw new Error(`${error}\n${output()}`);
  }
  return { url, output, [Symbol.asyncDispose]: dispose };
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
