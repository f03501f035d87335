/** Opens an address in the person's browser. It must never fail: the address is printed anyway. */

/** One command per system; none of them is a shell, to which an address could say more than an address. */
const COMMANDS: Readonly<Record<string, readonly [command: string, ...args: string[]]>> = {
  darwin: ["open"],
  windows: ["rundll32", "url.dll,FileProtocolHandler"],
};

export function openBrowser(url: URL): void {
  const [command, ...args] = COMMANDS[Deno.build.os] ?? ["xdg-open"];
  try {
    const child = new Deno.Command(command, {
      args: [...args, url.href],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    child.unref();
    child.status.catch(() => {});
  } catch {
    // A machine without a browser, or without the command.
  }
}
