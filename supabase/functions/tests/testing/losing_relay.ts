/**
 * A line to Postgres that loses an answer when it is told to: what was asked is carried out and committed, and whoever
 * asked sees the connection end instead. It must never change a byte that it does pass on.
 */

export interface LosingRelay extends AsyncDisposable {
  /** The same database as the same role, through the relay. */
  through(url: string): string;
  /** Loses the answer to the next transaction in which this text is sent; resolves when it is lost. */
  loseAnswerTo(text: string): Promise<void>;
}

interface Loss {
  readonly text: string;
  lost(): void;
}

/** Starts it in front of this server. */
export function startLosingRelay(serverUrl: string): LosingRelay {
  const { hostname, port } = new URL(serverUrl);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let wanted: Loss | null = null;
  const take = (bytes: Uint8Array): Loss | null => {
    if (wanted === null || !new TextDecoder().decode(bytes).includes(wanted.text)) return null;
    const taken = wanted;
    wanted = null;
    return taken;
  };

  const lines = new Set<Promise<void>>();
  const accepted = (async () => {
    for await (const client of listener) {
      const line: Promise<void> = Deno.connect({ hostname, port: Number(port) })
        .then((server) => carry(client, server, take))
        .finally(() => lines.delete(line));
      lines.add(line);
    }
  })();

  return {
    through(url) {
      const other = new URL(url);
      other.hostname = "127.0.0.1";
      other.port = String(listener.addr.port);
      return other.href;
    },
    loseAnswerTo: (text) => new Promise((lost) => wanted = { text, lost }),
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepted;
      await Promise.all(lines);
    },
  };
}

/** Carries bytes both ways until one side hangs up or the answer that is to be lost has come. */
async function carry(client: Deno.Conn, server: Deno.Conn, take: (bytes: Uint8Array) => Loss | null) {
  let losing: Loss | null = null;
  const ask = async () => {
    for await (const bytes of chunks(client)) {
      losing ??= take(bytes);
      await write(server, bytes);
    }
  };
  const answer = async () => {
    const answers = new Answers();
    for await (const bytes of chunks(server)) {
      const committed = answers.commits(bytes);
      if (losing === null) await write(client, bytes);
      else if (committed) return losing.lost();
    }
  };
  const both = [ask(), answer()];
  await Promise.race(both).catch(() => {});
  client.close();
  server.close();
  await Promise.allSettled(both);
}

/** The messages of a server (PostgreSQL documentation, "Message Formats"), as far as they say that something is done. */
class Answers {
  #unread = new Uint8Array();
  #completed = false;

  /** Whether these bytes end a transaction in which a command was completed. */
  commits(bytes: Uint8Array): boolean {
    const all = new Uint8Array([...this.#unread, ...bytes]);
    let position = 0;
    let committed = false;
    while (position + 5 <= all.length) {
      const end = position + 1 + new DataView(all.buffer).getInt32(position + 1);
      if (end > all.length) break;
      const type = String.fromCharCode(all[position] ?? 0);
      // ReadyForQuery says whether a transaction is still open.
      if (type === "Z" && all[position + 5] === "I".charCodeAt(0)) {
        committed ||= this.#completed;
        this.#completed = false;
      } else if (type === "C") this.#completed = true;
      position = end;
    }
    this.#unread = all.slice(position);
    return committed;
  }
}

async function* chunks(connection: Deno.Conn): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(64 * 1024);
  for (;;) {
    const length = await connection.read(buffer);
    if (length === null) return;
    yield buffer.slice(0, length);
  }
}

async function write(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += await connection.write(bytes.subarray(written));
}
