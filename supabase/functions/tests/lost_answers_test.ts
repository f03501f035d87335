/**
 * The worst moment to lose Postgres: what was asked is committed and its answer never comes. Whoever asked is told 503
 * and asks again, as real clients do. Nothing may then exist twice that must exist once.
 */
import assert from "node:assert/strict";
import { sha256 } from "../_shared/encoding.ts";
import { newClientKey } from "../oauth/testing/client_key.ts";
import {
  authorize,
  begunRequest,
  carryOn,
  codeOf,
  decide,
  type LostAnswerStage,
  onLostAnswerStage,
  PUBLIC_URL,
  redeem,
  refresh,
  register,
  revoke,
} from "./testing/lost_answer_stage.ts";

interface Family {
  readonly because: string | null;
  readonly live: number;
  readonly all: number;
}

const FAMILIES = `
  select family.revoked_because as because, count(*) filter (where token.rotated_at is null)::integer as live,
    count(*)::integer as all
  from oauth.token_families as family join oauth.refresh_tokens as token on token.family_id = family.id
  group by family.id order by family.created_at`;

async function newClient(stage: LostAnswerStage): Promise<string> {
  return (await stage.ask(register())).body["client_id"] ?? "";
}

async function newTokens(stage: LostAnswerStage, client: string): Promise<Record<string, string>> {
  const { status, body } = await stage.ask(redeem(client, await stage.newCode(client)));
  assert.equal(status, 200);
  return body;
}

Deno.test("a redemption whose answer is lost has spent its code: refused from then on, begun again instead", () =>
  onLostAnswerStage(async (stage) => {
    const client = await newClient(stage);
    const code = await stage.newCode(client);
    await stage.askAndLose("redeem_authorization_code", redeem(client, code));
    assert.deepEqual(await stage.rows<Family>(FAMILIES), [{ because: null, live: 1, all: 1 }]);

    const retry = await stage.ask(redeem(client, code));
    assert.deepEqual([retry.status, retry.body["error"]], [400, "invalid_grant"]);
    const tokens = await newTokens(stage, client);

    // A client that asks for much longer kills the family whose tokens nobody ever had, and no other.
    await stage.rows("update oauth.authorization_codes set used_at = used_at - interval '11 seconds'");
    assert.equal((await stage.ask(redeem(client, code))).status, 400);
    assert.deepEqual(await stage.rows<Family>(FAMILIES), [
      { because: "authorization code replayed", live: 1, all: 1 },
      { because: null, live: 1, all: 1 },
    ]);
    assert.equal((await stage.ask(refresh(client, tokens["refresh_token"]))).status, 200);
  }));

Deno.test("a refresh whose answer is lost is repeated with the same token: the successor that was lost, once", () =>
  onLostAnswerStage(async (stage) => {
    const client = await newClient(stage);
    const { refresh_token } = await newTokens(stage, client);
    await stage.askAndLose("rotate_refresh_token", refresh(client, refresh_token));
    const [lost] = await stage.rows<{ hash: Uint8Array }>(
      "select token_hash as hash from oauth.refresh_tokens where rotated_at is null",
    );

    // Its answer is lost too, and asked for again.
    await stage.askAndLose("rotate_refresh_token", refresh(client, refresh_token));
    const { status, body } = await stage.ask(refresh(client, refresh_token));
    assert.equal(status, 200);
    assert.deepEqual(await sha256(body["refresh_token"] ?? ""), new Uint8Array(lost?.hash ?? []));
    assert.deepEqual(await stage.rows<Family>(FAMILIES), [{ because: null, live: 1, all: 2 }]);
    assert.equal((await stage.ask(refresh(client, body["refresh_token"]))).status, 200);
    assert.deepEqual(await stage.rows<Family>(FAMILIES), [{ because: null, live: 1, all: 3 }]);
  }));

Deno.test("without a replay window a lost answer costs the family: the repeated refresh looks like theft", () =>
  onLostAnswerStage(async (stage) => {
    const client = await newClient(stage);
    const { refresh_token } = await newTokens(stage, client);
    await stage.askAndLose("rotate_refresh_token", refresh(client, refresh_token));
    const retry = await stage.ask(refresh(client, refresh_token));
    assert.deepEqual([retry.status, retry.body["error"]], [400, "invalid_grant"]);
    assert.deepEqual(await stage.rows<Family>(FAMILIES), [{
      because: "refresh token reused",
      live: 1,
      all: 2,
    }]);
  }, { REFRESH_REPLAY_SECONDS: "0" }));

Deno.test("an assertion whose answer is lost is used up: with another the refresh is repeated", () =>
  onLostAnswerStage(async (stage) => {
    const key = await newClientKey();
    const metadata = { token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [key.jwk] } };
    const { client_id: client = "" } = (await stage.ask(register(metadata))).body;
    const proof = () => key.present(client, PUBLIC_URL);
    const redeemed = await stage.ask(redeem(client, await stage.newCode(client), await proof()));
    const { refresh_token } = redeemed.body;

    const lost = refresh(client, refresh_token, await proof());
    await stage.askAndLose("rotate_refresh_token", lost);
    const same = await stage.ask(lost);
    assert.deepEqual([same.status, same.body["error"]], [401, "invalid_client"]);
    const another = await stage.ask(refresh(client, refresh_token, await proof()));
    assert.equal(another.status, 200);
    assert.deepEqual(await stage.rows<Family>(FAMILIES), [{ because: null, live: 1, all: 2 }]);
  }));

Deno.test("a revocation whose answer is lost is carried out, and repeated without harm", () =>
  onLostAnswerStage(async (stage) => {
    const client = await newClient(stage);
    const { refresh_token } = await newTokens(stage, client);
    await stage.askAndLose("revoke_token", revoke(client, refresh_token));
    assert.equal((await stage.ask(revoke(client, refresh_token))).status, 200);
    assert.equal((await stage.ask(refresh(client, refresh_token))).status, 400);
  }));

Deno.test("a decision whose answer is lost is never carried out: it was made once, and the flow is begun again", () =>
  onLostAnswerStage(async (stage) => {
    const client = await newClient(stage);
    const { id } = begunRequest(await stage.ask(await authorize(client)));
    await stage.askAndLose("decide_authorization_request", decide(id));
    const retry = await stage.ask(decide(id));
    assert.deepEqual([retry.status, retry.body["error"]], [409, "already_decided"]);
    assert.deepEqual(await stage.rows("select from oauth.authorization_codes"), []);
    await newTokens(stage, client);
  }));

Deno.test("a continue step whose answer is lost has made a code that nobody knows; a reload makes no second one", () =>
  onLostAnswerStage(async (stage) => {
    const client = await newClient(stage);
    const { id, cookie } = begunRequest(await stage.ask(await authorize(client)));
    const decided = await stage.ask(decide(id));
    const step = carryOn(decided.body["continue_to"], cookie);
    await stage.askAndLose("continue_authorization_request", step);
    assert.equal((await stage.ask(step)).status, 400);
    assert.deepEqual(
      await stage.rows(
        "select count(*)::integer as codes, count(used_at)::integer as used from oauth.authorization_codes",
      ),
      [{ codes: 1, used: 0 }],
    );
    await newTokens(stage, client);
  }));

Deno.test("what begins something is simply begun again: registration and authorization requests", () =>
  onLostAnswerStage(async (stage) => {
    await stage.askAndLose("create_client", register());
    const client = await newClient(stage);
    await stage.askAndLose("create_authorization_request", await authorize(client));
    const { id, cookie } = begunRequest(await stage.ask(await authorize(client)));
    const decided = await stage.ask(decide(id));
    const code = codeOf(await stage.ask(carryOn(decided.body["continue_to"], cookie)));
    assert.equal((await stage.ask(redeem(client, code))).status, 200);
    assert.deepEqual(await stage.rows<Family>(FAMILIES), [{ because: null, live: 1, all: 1 }]);
  }));
