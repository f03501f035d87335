/** What a check found: one line, `path:line rule: what`. A check is a function from a root folder to findings. */

export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly what: string;
  /** Printed, but does not fail the check. */
  readonly notice?: true;
}

export type Check = (root: string) => Promise<Finding[]>;

export function formatFinding({ path, line, rule, what, notice }: Finding): string {
  return `${path}:${line} ${notice ? "notice " : ""}${rule}: ${what}`;
}

export function sortFindings(findings: Finding[]): Finding[] {
  return findings.sort((a, b) => a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line);
}

/** Runs a check as a command: the root is the first argument, or the folder above `.ci`. */
export async function runCheck(name: string, check: Check): Promise<never> {
  const root = Deno.args[0] ?? `${import.meta.dirname}/..`;
  const findings = await check(root);
  const failures = findings.filter((finding) => !finding.notice).length;
  const lines = [
    ...findings.map(formatFinding),
    `${name}: ${failures === 0 ? "ok" : `${failures} findings`}`,
  ];
  await Deno.stdout.write(new TextEncoder().encode(lines.join("\n") + "\n"));
  Deno.exit(failures === 0 ? 0 : 1);
}
