/** A client's document on this computer, as a developer would serve it, with what a hostile host may answer instead. */
import type { JWK } from "jose";

export interface PublishedDocument extends AsyncDisposable {
  /** The client id. */
  readonly url: string;
  /** Where its keys are. */
  readonly keysUrl: string;
  /** How often the document was asked for. */
  asked(): number;
  /** How often the keys were. */
  askedForKeys(): number;
  /** What it answers from now on, at its URL; `asked` is that with the query that was asked for. */
  answer(next: (url: string, asked: string) => Response): void;
  /** What the document says from now on, besides what every good one says. */
  say(changes: Record<string, unknown>): void;
  /** What is at the place of the keys from now on. */
  answerKeys(next: () => Response): void;
  publishKeys(...keys: readonly JWK[]): void;
}

const REDIRECT_URI = "http://127.0.0.1:9/callback";
const BRIEFLY = { headers: { "Cache-Control": "no-cache" } };

/** A good document at this URL. */
export function documentOf(url: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return { client_id: url, client_name: "A documented app", redirect_uris: [REDIRECT_URI], ...changes };
}

/** Publishes a good document that is fresh for a minute at the least. */
export function publishDocument(): PublishedDocument {
  let asked = 0;
  let askedForKeys = 0;
  let next = (url: string, _asked: string) => Response.json(documentOf(url), BRIEFLY);
  let nextKeys = () => new Response(null, { status: 404 });
  const server: Deno.HttpServer<Deno.NetAddr> = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      if (request.url.endsWith("/keys.json")) {
        askedForKeys++;
        return nextKeys();
      }
      asked++;
      return next(url, request.url);
    },
  );
  const origin = `http://127.0.0.1:${server.addr.port}`;
  const url = `${origin}/client.json`;
  return {
    url,
    keysUrl: `${origin}/keys.json`,
    asked: () => asked,
    askedForKeys: () => askedForKeys,
    answer: (other) => void (next = other),
    say: (changes) => void (next = (id) => Response.json(documentOf(id, changes), BRIEFLY)),
    answerKeys: (other) => void (nextKeys = other),
    publishKeys: (...keys) => void (nextKeys = () => Response.json({ keys }, BRIEFLY)),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
