/** The prompt: one command after the other. A command that fails is told in one line, and the prompt goes on. */
import { HELP, parseCommand } from "./command.ts";
import { describeFailure } from "./describe_failure.ts";
import { describeResult, describeTools } from "./print_result.ts";
import type { Session } from "./session.ts";
import { readLines, say, tell } from "./terminal.ts";

/** Runs until `quit` or the end of the input. */
export async function runPrompt(session: Session, mcpUrl: string): Promise<void> {
  const isInteractive = Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
  const ask = () => {
    if (isInteractive) Deno.stdout.writeSync(new TextEncoder().encode("sekisho> "));
  };
  if (isInteractive) say(`Signed in to ${mcpUrl}. Type help for the commands.`);
  ask();
  for await (const line of readLines(Deno.stdin.readable)) {
    try {
      if (!await run(line, session)) return;
    } catch (error) {
      tell(describeFailure(error, mcpUrl));
    }
    ask();
  }
  // Ctrl-D leaves the cursor behind the prompt.
  if (isInteractive) say("");
}

/** False when it was the last command. */
async function run(line: string, session: Session): Promise<boolean> {
  const command = parseCommand(line);
  switch (command.kind) {
    case "quit":
      return false;
    case "nothing":
      return true;
    case "help":
      say(HELP);
      return true;
    case "mistake":
      tell(command.message);
      return true;
    case "list":
      say(describeTools(await session.listTools()));
      return true;
    case "call": {
      const result = await session.callTool(command.tool, command.input);
      if (result.isError) tell(`The tool failed: ${describeResult(result)}`);
      else say(describeResult(result));
      return true;
    }
  }
}
