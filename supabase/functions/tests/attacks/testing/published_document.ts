/** A client's document on this computer, as a developer would serve it, with what a hostile host may answer instead. */

export interface PublishedDocument extends AsyncDisposable {
  /** The client id. */
  readonly url: string;
  /** How often it was asked for. */
  asked(): number;
  /** What it answers from now on. */
  answer(next: (url: string) => Response): void;
}

const REDIRECT_URI = "http://127.0.0.1:9/callback";

/** A good document at this URL. */
export function documentOf(url: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return { client_id: url, client_name: "A documented app", redirect_uris: [REDIRECT_URI], ...changes };
}

/** Publishes a good document that is fresh for a minute at the least. */
export function publishDocument(): PublishedDocument {
  let asked = 0;
  let next = (url: string) => Response.json(documentOf(url), { headers: { "Cache-Control": "no-cache" } });
  const server: Deno.HttpServer<Deno.NetAddr> = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => {
      asked++;
      return next(url);
    },
  );
  const url: string = `http://127.0.0.1:${server.addr.port}/client.json`;
  return {
    url,
    asked: () => asked,
    answer: (other) => void (next = other),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
