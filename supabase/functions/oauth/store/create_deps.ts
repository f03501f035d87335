/** The real dependencies of the `oauth` function: Postgres, Supabase Auth, this process's clock and randomness. */
import type { Log } from "../../_shared/http/request_log.ts";
import { isLoopback, publicUrls } from "../../_shared/public_urls.ts";
import type { OAuthSettings } from "../../_shared/runtime/env.ts";
import { createOutboundFetch } from "../../_shared/runtime/outbound_fetch.ts";
import { createSupabasePeople } from "../../_shared/runtime/supabase_people.ts";
import type { Deps } from "../deps.ts";
import { createSigner } from "./signer.ts";
import { cacheStore } from "./cached_store.ts";
import { createClientDocuments } from "./client_documents.ts";
import type { Database } from "./database_call.ts";
import { createPostgresStore } from "./postgres_store.ts";

/** Puts them together. */
export function createDeps(
  settings: OAuthSettings,
  sql: Database,
  log: Log,
  selfRegisteredGrants: readonly string[],
): Deps {
  const now = () => new Date();
  const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const urls = publicUrls(settings.publicUrl);
  const store = cacheStore(createPostgresStore(sql), now);
  return {
    settings,
    selfRegisteredGrants,
    urls,
    store,
    documents: createClientDocuments(createOutboundFetch({ allowLoopback: isLoopback(settings.publicUrl) })),
    people: createSupabasePeople(settings.supabaseUrl, settings.publishableKey),
    signer: createSigner({
      issuer: urls.issuer,
      keyDays: settings.signingKeyDays,
      store,
      sealer: settings.keyRing,
      log,
      random,
    }),
    log,
    now,
    random,
  };
}
