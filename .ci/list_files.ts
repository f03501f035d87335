/** The files that a check may judge: those git knows or would add. */

/** Paths relative to `root`, with `/`, sorted; all below one of `areas` when given. */
export async function listFiles(root: string, areas: readonly string[] = []): Promise<string[]> {
  const listed = await git("-C", root, "ls-files", "-z", "-co", "--exclude-standard", "--", ...areas);
  const paths = new Set(listed.split("\0").filter((path) => path !== ""));
  const there: string[] = [];
  for (const path of paths) {
    // The index still lists what was deleted but not yet committed.
    const found = await Deno.lstat(`${root}/${path}`).catch(() => null);
    if (found?.isFile) there.push(path);
  }
  return there.sort();
}

/** What git prints; throws what it complains about. */
export async function git(...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("git", {
    args,
    // A git hook exports GIT_DIR and GIT_INDEX_FILE, which would point every call at the hook's repository.
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: Deno.env.get("HOME") ?? "" },
  }).output();
  if (!success) throw new Error(`git ${args.join(" ")}: ${new TextDecoder().decode(stderr).trim()}`);
  return new TextDecoder().decode(stdout);
}
