/**
 * What people see. Results and the address of the sign-in go to stdout, what went wrong to stderr. Servers choose names
 * and texts: nothing of them may move the cursor or turn the direction of writing.
 */

/** Everything that is no plain text; a line break and a tab are. */
const UNSAFE = /[^\P{Cc}\n\t]|\p{Bidi_Control}/gu;

/** The text without characters that a terminal obeys. */
export function plain(text: string): string {
  return text.replace(UNSAFE, "\ufffd");
}

/** The same, on one line of bearable length. */
export function oneLine(text: string, most = 300): string {
  const line = plain(text).replace(/\s+/g, " ").trim();
  return line.length > most ? `${line.slice(0, most)}…` : line;
}

export function say(text: string): void {
  // deno-lint-ignore no-console
  console.log(plain(text));
}

export function tell(text: string): void {
  // deno-lint-ignore no-console
  console.error(oneLine(text));
}

/** The lines of a stream, the last one also without its line break. */
export async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (
    const chunk of stream.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
  ) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
