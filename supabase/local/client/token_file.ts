/**
 * The file that remembers sign-ins: for each authorization server and MCP URL the registration and the tokens. Only its
 * owner may read it; it is replaced as a whole, so that nobody ever sees half of it; a file that cannot be understood is
 * set aside, never deleted. Its content must never be printed.
 */
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { z } from "zod";
import { ClientError } from "./client_error.ts";

/** What one entry belongs to. A client id is only known to the server that gave it out, and so is a token. */
export interface SignInKey {
  readonly issuer: string;
  readonly mcpUrl: string;
  /** Id of the pre-registered client, or null for one that registered itself. */
  readonly preRegistered: string | null;
}

/** As the SDK hands them over: it writes more into them than is read here. */
const registration = z.looseObject({ client_id: z.string(), redirect_uris: z.array(z.string()).optional() });
const tokens = z.looseObject({ access_token: z.string(), token_type: z.string() });
const entry = z.object({
  issuer: z.string(),
  mcp_url: z.string(),
  pre_registered: z.string().nullable(),
  registration: registration.optional(),
  tokens: tokens.optional(),
});
const content = z.object({ version: z.literal(1), sign_ins: z.array(entry) });

export type Registration = z.infer<typeof registration>;
export type Tokens = z.infer<typeof tokens>;
export interface SignIn {
  readonly registration?: Registration | undefined;
  readonly tokens?: Tokens | undefined;
}
type Entry = z.infer<typeof entry>;

/** Where it is kept (XDG base directories: a relative path there is to be ignored). */
export function tokenFilePath(env: Readonly<Record<string, string | undefined>>): string {
  const configured = env["XDG_CONFIG_HOME"];
  const folder = configured && isAbsolute(configured)
    ? configured
    : join(env["HOME"] || homedir(), ".config");
  return join(folder, "sekisho", "client.json");
}

/** Synchronous on purpose: one process never interleaves with itself between reading and replacing. */
export class TokenFile {
  constructor(readonly path: string, private readonly warn: (line: string) => void) {}

  /** What is remembered under this key. */
  find(key: SignInKey): SignIn {
    return this.read().find((candidate) => matches(candidate, key)) ?? {};
  }

  /** The same for an MCP URL whose authorization server is not known yet: what was saved last. */
  findLatest(key: Omit<SignInKey, "issuer">): (SignIn & { readonly issuer: string }) | null {
    const found = this.read().findLast((candidate) =>
      matches(candidate, { ...key, issuer: candidate.issuer })
    );
    return found ?? null;
  }

  /** Changes what is remembered under this key; other processes' changes stay. */
  update(key: SignInKey, change: SignIn): void {
    this.guarded(() => {
      Deno.mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
      using lock = Deno.openSync(`${this.path}.lock`, { create: true, write: true, mode: 0o600 });
      lock.lockSync(true);
      const entries = this.read();
      const earlier = entries.find((candidate) => matches(candidate, key));
      const next: Entry = {
        issuer: key.issuer,
        mcp_url: key.mcpUrl,
        pre_registered: key.preRegistered,
        registration: earlier?.registration,
        tokens: earlier?.tokens,
        ...change,
      };
      this.replace([...entries.filter((candidate) => candidate !== earlier), next]);
    });
  }

  private read(): Entry[] {
    const text = this.guarded(() => {
      try {
        return Deno.readTextFileSync(this.path);
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return null;
        throw error;
      }
    });
    if (text === null) return [];
    const parsed = content.safeParse(parseJson(text));
    if (parsed.success) return parsed.data.sign_ins;
    const aside = `${this.path}.broken`;
    this.guarded(() => Deno.renameSync(this.path, aside));
    this.warn(`The file with your sign-ins cannot be read; it was set aside as ${aside}.`);
    return [];
  }

  private replace(entries: readonly Entry[]): void {
    const aside = `${this.path}.${crypto.randomUUID()}`;
    const text = `${JSON.stringify({ version: 1, sign_ins: entries }, null, 2)}\n`;
    try {
      Deno.writeTextFileSync(aside, text, { createNew: true, mode: 0o600 });
      Deno.renameSync(aside, this.path);
    } catch (error) {
      try {
        Deno.removeSync(aside);
      } catch {
        // It was never made.
      }
      throw error;
    }
  }

  private guarded<Result>(act: () => Result): Result {
    try {
      return act();
    } catch (error) {
      if (error instanceof ClientError) throw error;
      const reason = error instanceof Error ? error.name : "unknown error";
      throw new ClientError(`The file with your sign-ins cannot be used: ${this.path} (${reason}).`);
    }
  }
}

function matches(candidate: Entry, key: SignInKey): boolean {
  return candidate.issuer === key.issuer && candidate.mcp_url === key.mcpUrl &&
    candidate.pre_registered === key.preRegistered;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
