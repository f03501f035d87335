/**
 * The product as outsiders meet it: `deno task start` in a process of its own, on a free port. Several may share one
 * database.
 */
import { TEST_SECRET, type TestDatabase } from "./test_database.ts";

const ROOT = decodeURIComponent(new URL("../../../", import.meta.url).pathname);
const START = ["task", "--quiet", "start"];
const READY_WITHIN_MS = 30_000;

export interface ProductProcess extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Everything it has written so far. */
  output(): string;
  /** Resolves with the exit code. */
  readonly exited: Promise<number>;
  stop(signal?: Deno.Signal): Promise<number>;
}

/**
 * A port that nobody listens on right now. Below those that the system gives to outgoing connections (Linux: from 32768),
 * one of which could take it before it is used.
 */
export function freePort(): number {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (["127.0.0.1", "::1"].every((hostname) => isFree(hostname, port))) return port;
  }
}

function isFree(hostname: string, port: number): boolean {
  try {
    Deno.listen({ hostname, port }).close();
    return true;
  } catch (error) {
    // A machine without IPv6 has no ::1, and nobody listens there.
    if (error instanceof Deno.errors.AddrNotAvailable) return true;
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}

/** Tests come from one address and do in seconds what people do in days: limits are for the tests of limits. */
const WITHOUT_LIMITS = { RATE_REGISTER: "0", RATE_TOKEN: "0" };

/** Settings that make a start use this database. */
export function onTestDatabase(database: TestDatabase): Record<string, string> {
  return { SEKISHO_DATABASE_URL: database.url, SEKISHO_SECRET: TEST_SECRET };
}

/** Runs the start command without waiting; for tests of starts that fail. */
export function spawnProduct(
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
  command: readonly string[] = START,
): ProductProcess {
  const port = Number(env["PORT"] ?? freePort());
  const child = new Deno.Command(Deno.execPath(), {
    args: [...command, ...args],
    cwd: ROOT,
    env: { ...inherited(), ...WITHOUT_LIMITS, ...env, PORT: String(port) },
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
  const exited = child.status.then(async ({ code }) => (await collected, code));
  const stop = async (signal: Deno.Signal = "SIGTERM") => {
    try {
      child.kill(signal);
    } catch {
      // It has ended by itself.
    }
    return await exited;
  };
  return {
    url: env["PUBLIC_URL"] ?? `http://localhost:${port}`,
    port,
    pid: child.pid,
    output: () => text,
    exited,
    stop,
    [Symbol.asyncDispose]: async () => void await stop(),
  };
}

/** Starts the product and waits until it serves. @throws with its output when it does not. */
export async function startProductProcess(
  env: Readonly<Record<string, string>>,
  command: readonly string[] = START,
): Promise<ProductProcess> {
  const product = spawnProduct(env, [], command);
  const deadline = Date.now() + READY_WITHIN_MS;
  const ended = product.exited.then(() => true);
  while (!product.output().includes("Sekisho ready")) {
    const over = await Promise.race([
      ended,
      new Promise<false>((resolve) => setTimeout(() => resolve(false), 25)),
    ]);
    if (over || Date.now() > deadline) {
      await product.stop("SIGKILL");
      throw new Error(`the product did not start:\n${product.output()}`);
    }
  }
  return product;
}

/** What a process needs of ours; nothing that could be a setting. */
function inherited(): Record<string, string> {
  const names = ["PATH", "HOME", "DENO_DIR", "TMPDIR", "LANG", "CI", "NO_COLOR", "npm_config_registry"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}
