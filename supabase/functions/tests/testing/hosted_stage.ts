/** A database on a hosted layout with two people, each with a product: what the checks of the layout begin with. */
import { freshDatabase, onDatabase } from "../../../local/testing/test_database.ts";
import { connectSql, type Sql } from "../../_shared/runtime/sql.ts";
import type { Access, McpStore } from "../../mcp/deps.ts";
import { createPostgresStore as createToolStore } from "../../mcp/store/postgres_store.ts";
import { createPostgresStore } from "../../oauth/store/postgres_store.ts";
import {
  addClient,
  begin,
  newContinuation,
  newDecision,
  newHash,
  newRedemption,
  newSigningKey,
  RESOURCE,
  type Stage,
} from "../store_contract_stage.ts";
import { memoryWorld } from "../store_contract_worlds.ts";

export interface HostedStage extends AsyncDisposable {
  /** Connected as `sekisho_oauth`, `sekisho_mcp`, `sekisho_account`, `supabase_auth_admin`. */
  readonly oauth: Sql;
  readonly mcp: Sql;
  readonly account: Sql;
  readonly auth: Sql;
  readonly tools: McpStore;
  readonly resource: string;
  readonly people: readonly [string, string];
  /** The steps of the store contract with this person. */
  of(person: string): Stage;
  /** A token of this person with this scope. */
  access(person: string, scope: string[]): Promise<Access>;
  addProduct(owner: string, name: string): Promise<void>;
  /** Rows that belong to this person. */
  countOf(person: string): Promise<Record<"consents" | "codes" | "families" | "products", number>>;
}

/** Sets it on a copy of the template, on the server that tests use now. @param authUrl Of any of its databases. */
export async function setHostedStage(authUrl: string): Promise<HostedStage> {
  const database = await freshDatabase();
  const connect = (url: string) => connectSql(url, "hosted test");
  const owner = connect(database.url);
  const oauth = connect(database.oauthUrl);
  const mcp = connect(database.mcpUrl);
  const account = connect(database.accountUrl);
  const auth = connect(onDatabase(authUrl, new URL(database.url).pathname.slice(1)));

  const { identifier, name, scopes, defaultScope } = RESOURCE;
  await owner.query({
    text: `select oauth.record_resource(p_identifier => $1::text, p_name => $2::text, p_scopes => $3::jsonb,
      p_default_scope => $4::text[], p_is_default => true)`,
    values: [identifier, name, JSON.stringify(scopes), defaultScope],
  });
  const people = [crypto.randomUUID(), crypto.randomUUID()] as const;
  const addProduct = async (ownerId: string, productName: string) => {
    const text =
      "insert into shop.products (owner_id, name, price_minor, currency, stock) values ($1, $2, 1, 'JPY', 1)";
    await owner.query({ text, values: [ownerId, productName] });
  };
  for (const person of people) {
    const values = [person, `${person}@example.com`];
    await auth.query({ text: "insert into auth.users (id, email) values ($1, $2)", values });
    await addProduct(person, person === people[0] ? "of the first" : "of the second");
  }

  // The steps ask their world for its store only.
  const world = { ...memoryWorld(), store: createPostgresStore(oauth) };
  const [secret] = await database.keyRing.checks();
  if (secret === undefined) throw new Error("a ring without a key");
  const sealed = { secretId: secret.id, sealedPrivateKey: `${secret.id}.sealed` };
  await world.store.createSigningKey(newSigningKey("key", sealed));
  const client = await addClient(world);
  const browserHash = await newHash();
  const of = (personId: string): Stage => ({ world, client, personId, browserHash });

  return {
    oauth,
    mcp,
    account,
    auth,
    tools: createToolStore(mcp),
    resource: identifier,
    people,
    of,
    async access(person, scope) {
      const own = of(person);
      const decision = await newDecision(own, await begin(own, { scope }), { scope });
      await world.store.decideAuthorizationRequest(decision);
      const continuation = await newContinuation(own, decision.continueSecretHash);
      await world.store.continueAuthorizationRequest(continuation);
      const redemption = await newRedemption(own, continuation.codeHash);
      const { outcome } = await world.store.redeemAuthorizationCode(redemption);
      if (outcome !== "redeemed") throw new Error(outcome);
      return {
        credential: { kind: "access_token", jti: redemption.jti },
        resource: identifier,
        clientId: client.client.id,
        personId: person,
        scope,
        expiresAt: 0,
      };
    },
    addProduct,
    async countOf(person) {
      const [counts] = await owner.query<Awaited<ReturnType<HostedStage["countOf"]>>>({
        text: `select (select count(*) from oauth.consents where person_id = $1)::integer as consents,
          (select count(*) from oauth.authorization_codes where person_id = $1)::integer as codes,
          (select count(*) from oauth.token_families where person_id = $1)::integer as families,
          (select count(*) from shop.products where owner_id = $1)::integer as products`,
        values: [person],
      });
      if (counts === undefined) throw new Error("counting answered nothing");
      return counts;
    },
    async [Symbol.asyncDispose]() {
      for (const sql of [owner, oauth, mcp, account, auth]) await sql.close();
      await database[Symbol.asyncDispose]();
    },
  };
}
