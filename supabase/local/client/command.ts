/** What a person types at the prompt, as data. Never throws: a mistake is a command too. */
export type Command =
  | { readonly kind: "list" | "help" | "quit" | "nothing" }
  | { readonly kind: "call"; readonly tool: string; readonly input: Record<string, unknown> }
  | { readonly kind: "mistake"; readonly message: string };

export const HELP = `  list                the tools of this server; in an input, ? marks what may be left out
  call <tool> [json]  call one, for example: call get_time {"time_zone": "Asia/Tokyo"}
  help                this
  quit                leave; so does Ctrl-D`;

/** Reads one line. */
export function parseCommand(line: string): Command {
  const [, word = "", rest = ""] = /^\s*(\S*)\s*(.*?)\s*$/s.exec(line) ?? [];
  switch (word) {
    case "":
      return { kind: "nothing" };
    case "exit":
      return parseCommand(`quit ${rest}`);
    case "list":
    case "help":
    case "quit":
      return rest === "" ? { kind: word } : mistake(`${word} takes no argument.`);
    case "call":
      return parseCall(rest);
    default:
      return mistake("Unknown command. Commands: list, call <tool> [json], help, quit.");
  }
}

function parseCall(text: string): Command {
  const [, tool = "", json = ""] = /^(\S*)\s*(.*)$/s.exec(text) ?? [];
  if (tool === "") return mistake("Name a tool: call <tool> [json].");
  if (json === "") return { kind: "call", tool, input: {} };
  let input: unknown;
  try {
    input = JSON.parse(json);
  } catch {
    return mistake('The input is not valid JSON. Write it like {"limit": 3}.');
  }
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    return mistake('The input must be a JSON object, like {"limit": 3}.');
  }
  return { kind: "call", tool, input: input as Record<string, unknown> };
}

function mistake(message: string): Command {
  return { kind: "mistake", message };
}
