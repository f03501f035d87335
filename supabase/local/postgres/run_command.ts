// Runs one short-lived program to its end. It must never pass this process's environment on: the environment
// holds the product's secrets, and PG* variables of the developer would redirect initdb and postgres.
import { isNotFound } from "./paths.ts";

/** Who a child process runs as; absent = as ourselves. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What Postgres needs to run, and nothing else. TZ spares initdb a search through every time zone. */
export function bareEnvironment(): Record<string, string> {
  const env: Record<string, string> = {
    TZ: "UTC",
    LC_ALL: "C",
    PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
  };
  for (const name of ["SystemRoot", "TEMP", "TMP"]) {
    const value = Deno.env.get(name);
    if (Deno.build.os === "windows" && value !== undefined) env[name] = value;
  }
  return env;
}

/** A program that does not exist, or that the account may not execute, answers 127 like a shell. */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: { account?: Account | undefined; cwd?: string; env?: Record<string, string> } = {},
): Promise<CommandResult> {
  try {
    const output = await new Deno.Command(program, {
      args: [...args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      clearEnv: true,
      env: options.env ?? bareEnvironment(),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.account === undefined ? {} : { uid: options.account.uid, gid: options.account.gid }),
    }).output();
    const decoder = new TextDecoder();
    return {
      code: output.code,
      stdout: decoder.decode(output.stdout),
      stderr: decoder.decode(output.stderr),
    };
  } catch (error) {
    if (isNotFound(error) || error instanceof Deno.errors.PermissionDenied) {
      return { code: 127, stdout: "", stderr: `${program} cannot be executed` };
    }
    throw error;
  }
}
