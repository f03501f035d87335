/** The terminal client as people run it: a process with a typed-into stdin, and a folder of its own for its sign-ins. */
import { signIn, type TestBrowser } from "../../testing/browser.ts";
import type { Tokens } from "../token_file.ts";

const ROOT = decodeURIComponent(new URL("../../../../", import.meta.url).pathname);
const WITHIN_MS = 20_000;

export interface ClientHome extends AsyncDisposable {
  readonly folder: string;
  readonly file: string;
}

/** A configuration folder without any sign-in. */
export async function clientHome(): Promise<ClientHome> {
  const folder = await Deno.makeTempDir({ prefix: "sekisho_client_" });
  return {
    folder,
    file: `${folder}/sekisho/client.json`,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

export interface Remembered {
  version: number;
  sign_ins: {
    issuer: string;
    mcp_url: string;
    pre_registered: string | null;
    registration?: { client_id: string };
    tokens?: Tokens & { refresh_token?: string };
  }[];
}

export async function remembered(home: ClientHome): Promise<Remembered> {
  return JSON.parse(await Deno.readTextFile(home.file));
}

export interface ClientProcess extends AsyncDisposable {
  readonly pid: number;
  output(): string;
  errors(): string;
  /** Types a line. */
  type(line: string): Promise<void>;
  /** Waits until it has written this. @throws with its output */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  /** The address at which it wants the person to sign in. */
  signInUrl(): Promise<URL>;
  /** Ends the input; the exit code. */
  end(): Promise<number>;
  readonly exited: Promise<number>;
}

/** Starts it. Whatever it is told to open, it finds no program for that. */
export function spawnClient(home: ClientHome, args: readonly string[]): ClientProcess {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "client", ...args],
    cwd: ROOT,
    env: { ...inherited(), XDG_CONFIG_HOME: home.folder, NO_COLOR: "1" },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const written = { output: "", errors: "" };
  const collect = async (stream: ReadableStream<Uint8Array>, name: keyof typeof written) => {
    for await (const chunk of stream.pipeThrough(new TextDecoderStream())) written[name] += chunk;
  };
  const collected = Promise.all([collect(child.stdout, "output"), collect(child.stderr, "errors")]);
  const stdin = child.stdin.getWriter();
  let over = false;
  const exited = child.status.then(async ({ code }) => {
    await collected;
    over = true;
    await stdin.close().catch(() => {});
    return code;
  });
  const until = async (pattern: RegExp) => {
    const deadline = Date.now() + WITHIN_MS;
    for (;;) {
      const found = pattern.exec(written.output + written.errors);
      if (found !== null) return found;
      if (over || Date.now() > deadline) {
        throw new Error(`the client did not write ${pattern}:\n${written.output}\n${written.errors}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return {
    pid: child.pid,
    output: () => written.output,
    errors: () => written.errors,
    type: (line) => stdin.write(new TextEncoder().encode(`${line}\n`)),
    until,
    signInUrl: async () => new URL((await until(/^ {2}(https?:\S+)$/m))[1] ?? ""),
    async end() {
      await stdin.close().catch(() => {});
      return await exited;
    },
    exited,
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGTERM");
      } catch {
        // It has ended by itself.
      }
      await exited;
    },
  };
}

/** Runs it with this input to its end. */
export async function runClient(home: ClientHome, args: readonly string[], input: string) {
  await using client = spawnClient(home, args);
  if (input !== "") await client.type(input.replace(/\n$/, ""));
  const code = await client.end();
  return { code, output: client.output(), errors: client.errors() };
}

/** Signs the demo person in with a browser of their own, allows all that is asked, and answers what the last page says. */
export async function signInAt(
  browser: TestBrowser,
  url: URL,
  { decision = "Allow", all = true }: { decision?: "Allow" | "Deny"; all?: boolean } = {},
): Promise<{ text: string; address: URL }> {
  const page = await browser.newPerson();
  await page.goto(url.href);
  await signIn(page);
  // What is new is not ticked by itself.
  for (const box of all ? await page.getByRole("checkbox").all() : []) await box.check();
  await page.getByRole("button", { name: decision, exact: true }).click();
  await page.waitForURL((address) => address.pathname === "/callback");
  return { text: await page.locator("body").innerText(), address: new URL(page.url()) };
}

function inherited(): Record<string, string> {
  const names = ["PATH", "HOME", "DENO_DIR", "TMPDIR", "LANG", "npm_config_registry"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}
