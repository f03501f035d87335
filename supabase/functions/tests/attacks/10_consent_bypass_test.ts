/**
 * Attack 10: an earlier consent used to get a new grant without asking (RFC 9700 §4.15, MCP "Confused Deputy Problem").
 * Consent is asked every time; an earlier one only marks what is not new, for the same person, client, address and
 * resource.
 */
import assert from "node:assert/strict";
import type { Interaction } from "../../_shared/contract/interaction.ts";
import {
  authorizeParameters,
  beginRequest,
  decide,
  redeem,
  REDIRECT_URI,
  register,
  type RegisteredClient,
  signInByPassword,
} from "../testing/http_flow.ts";
import { onStage, send, sendJson } from "./testing/attack_stage.ts";

const VERIFIER = "v".repeat(43);
const OTHER_URI = "http://127.0.0.1:9/other";

Deno.test("attack 10: an earlier consent is never an answer", (t) =>
  onStage(async ({ url, rows }) => {
    const otherResource = `${url}/other`;
    await rows(
      `insert into oauth.resources (identifier, name, scopes, default_scope)
      select $1, 'Other', scopes, default_scope from oauth.resources`,
      [otherResource],
    );
    const session = await signInByPassword(url);
    const client = await register(url, { redirect_uris: [REDIRECT_URI, OTHER_URI] });
    const stranger = await register(url);

    /** Begins a request that must end at the consent page, and answers which of its scopes are not new there. */
    const ask = async (
      asking: RegisteredClient,
      { overrides = {}, person = session, cookie }: {
        overrides?: Record<string, string>;
        person?: string;
        cookie?: string;
      } = {},
    ) => {
      const parameters = { ...await authorizeParameters(asking, VERIFIER), ...overrides };
      const begun = await beginRequest(url, parameters, cookie);
      assert.equal(begun.status, 303);
      assert.match(begun.location, new RegExp(`^${url}/consent\\?request=[\\w-]{43}$`));
      const shown = await send(`${url}/oauth/interaction/${begun.id}`, {
        headers: { Authorization: `Bearer ${person}` },
      });
      assert.equal(shown.status, 200);
      const { scopes }: Interaction = JSON.parse(shown.text);
      return { ...begun, scopes: scopes.map(({ name, earlier }) => [name, earlier]) };
    };

    await t.step("nobody has consented: everything is new", async () => {
      assert.deepEqual((await ask(client)).scopes, [["product:read", false]]);
    });

    await t.step("a refusal and an approval that was never carried out count for nothing", async () => {
      const denied = await ask(client);
      await send(await decide(url, denied.id, session, "deny"), { headers: { Cookie: denied.cookie } });
      await decide(url, (await ask(client)).id, session);
      assert.deepEqual((await ask(client)).scopes, [["product:read", false]]);
    });

    const consented = await ask(client);
    const continued = await send(await decide(url, consented.id, session), {
      headers: { Cookie: consented.cookie },
    });
    assert.equal(continued.status, 303);

    await t.step(
      "the very same request is asked again, from any browser; what was given is marked",
      async () => {
        for (const browser of [{}, { cookie: consented.cookie }]) {
          assert.deepEqual((await ask(client, browser)).scopes, [["product:read", true]]);
        }
      },
    );

    const asked: [string, Parameters<typeof ask>, [string, boolean][]][] = [
      ["a new scope", [client, { overrides: { scope: "product:read order:write" } }], [
        ["product:read", true],
        ["order:write", false],
      ]],
      ["another redirect URI of the client", [client, { overrides: { redirect_uri: OTHER_URI } }], [[
        "product:read",
        false,
      ]]],
      ["another port of the same loopback address", [client, {
        overrides: { redirect_uri: "http://127.0.0.1:99/callback" },
      }], [
        ["product:read", true],
      ]],
      ["another resource", [client, { overrides: { resource: otherResource } }], [["product:read", false]]],
      ["another client with the same name and address", [stranger], [["product:read", false]]],
      ["another person", [client, { person: await signInByPassword(url, "second_user@example.com") }], [
        ["product:read", false],
      ]],
    ];
    for (const [what, parameters, scopes] of asked) {
      await t.step(`${what}: the page appears, what is new is marked`, async () => {
        assert.deepEqual((await ask(...parameters)).scopes, scopes);
      });
    }

    await t.step("prompt=none is interaction_required, also after consent, also among others", async () => {
      for (const prompt of ["none", "none login", "login none"]) {
        const parameters = { ...await authorizeParameters(client, VERIFIER), prompt };
        const { status, location } = await beginRequest(url, parameters, consented.cookie);
        assert.equal(status, 303);
        const answer = new URL(location);
        assert.equal(`${answer.origin}${answer.pathname}`, REDIRECT_URI);
        assert.equal(answer.searchParams.get("error"), "interaction_required");
        assert.equal(answer.searchParams.get("code"), null);
      }
    });

    for (
      const [name, value] of [["approval_prompt", "auto"], ["include_granted_scopes", "true"], ["prompt", ""]]
    ) {
      await t.step(`${name}=${value} skips nothing`, async () => {
        await ask(client, { overrides: { [`${name}`]: `${value}` } });
      });
    }

    await t.step("what was given earlier is not added to what is given now", async () => {
      const { id, cookie } = await ask(client, { overrides: { scope: "product:read order:write" } });
      const decided = await sendJson(
        `${url}/oauth/interaction/${id}`,
        { decision: "approve", scopes: ["order:write"] },
        { Authorization: `Bearer ${session}` },
      );
      const answer = await send(JSON.parse(decided.text).continue_to, { headers: { Cookie: cookie } });
      const code = new URL(answer.headers.get("Location") ?? "").searchParams.get("code") ?? "";
      const { body } = await redeem(url, { client, code, verifier: VERIFIER }, {
        redirect_uri: REDIRECT_URI,
      });
      assert.equal(body.scope, "order:write");
    });
  }));
