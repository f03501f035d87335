/** The files that a check may judge: those git knows or would add. */

/** Paths relative to `root`, with `/`, sorted; all below one of `areas` when given. */
export async function listFiles(root: string, areas: readonly string[] = []): Promise<string[]> {
  const git = await new Deno.Command("git", {
    args: ["-C", root, "ls-files", "-z", "-co", "--exclude-standard", "--", ...areas],
    // A git hook exports GIT_DIR and GIT_INDEX_FILE, which would point every -C at the hook's repository.
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: Deno.env.get("HOME") ?? "" },
  }).output();
  if (!git.success) throw new Error(`git ls-files failed: ${new TextDecoder().decode(git.stderr).trim()}`);
  const paths = new Set(new TextDecoder().decode(git.stdout).split("\0").filter((path) => path !== ""));
  const there: string[] = [];
  for (const path of paths) {
    // The index still lists what was deleted but not yet committed.
    const found = await Deno.lstat(`${root}/${path}`).catch(() => null);
    if (found?.isFile) there.push(path);
  }
  return there.sort();
}
