/**
 * Authorization details (RFC 9396) from end to end on the running product: a client asks for an amount, the person allows
 * less, and no reservation passes it, whichever token of the grant is used.
 */
import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import type { AuthorizationDetail, Interaction } from "../_shared/contract/interaction.ts";
import { onStage, send } from "./attacks/testing/attack_stage.ts";
import {
  askToken,
  authorizeParameters,
  beginRequest,
  refresh,
  register,
  signInByPassword,
  type Tokens,
} from "./testing/http_flow.ts";
import { askTool } from "./testing/mcp_request.ts";

const VERIFIER = "v".repeat(43);
const TICKET: AuthorizationDetail = {
  type: "ticket-reservation",
  actions: ["reserve", "cancel"],
  maxAmount: 10_000,
  currency: "JPY",
};

interface Event {
  readonly id: string;
  readonly name: string;
}

Deno.test("a person lowers the ceiling of an app, and all that it reserves stays below it", () =>
  onStage(async ({ url }) => {
    const session = await signInByPassword(url);
    const client = await register(url);
    const headers = { Authorization: `Bearer ${session}`, "Content-Type": "application/json" };

    /** A whole grant; answers what the page was shown and the tokens. */
    const grant = async (asked: Record<string, string>, chosen?: readonly AuthorizationDetail[]) => {
      const begun = await beginRequest(url, { ...await authorizeParameters(client, VERIFIER), ...asked });
      assert.equal(begun.status, 303);
      const place = `${url}/oauth/interaction/${begun.id}`;
      const shown: Interaction = await (await fetch(place, { headers })).json();
      const decide = (details: readonly AuthorizationDetail[] | undefined) =>
        send(place, {
          method: "POST",
          headers,
          body: JSON.stringify({
            decision: "approve",
            scopes: shown.scopes.map(({ name }) => name),
            ...(details === undefined ? {} : { authorization_details: details }),
          }),
        });
      const more = shown.authorization_details.map((detail) => ({
        ...detail,
        maxAmount: detail.maxAmount + 1,
      }));
      assert.equal((await decide(more)).error, "invalid_authorization_details");
      const { continue_to } = JSON.parse((await decide(chosen)).text);
      const continued = await send(continue_to, { headers: { Cookie: begun.cookie } });
      const code = new URL(continued.headers.get("Location") ?? "").searchParams.get("code") ?? "";
      const { client_id } = client;
      const form = { grant_type: "authorization_code", client_id, code, code_verifier: VERIFIER };
      const { status, body } = await askToken(url, form);
      assert.equal(status, 200);
      return { shown, tokens: body as Tokens & { authorization_details?: unknown } };
    };

    const scope = "ticket:read ticket:write";
    const byDefault = await grant({ scope });
    assert.deepEqual(byDefault.tokens.authorization_details, [TICKET]);
    assert.deepEqual(
      byDefault.shown.scopes.map(({ name, limited_by }) => [name, limited_by]),
      [["ticket:read", null], ["ticket:write", "ticket-reservation"]],
    );

    const asked = JSON.stringify([{ type: TICKET.type, maxAmount: 50_000 }]);
    const granted = [{ ...TICKET, maxAmount: 8000 }];
    const { shown, tokens } = await grant({ scope: "ticket:read", authorization_details: asked }, granted);
    assert.deepEqual(shown.authorization_details, [{ ...TICKET, maxAmount: 50_000 }]);
    assert.deepEqual(tokens.authorization_details, granted);
    assert.deepEqual(decodeJwt(tokens.access_token)["authorization_details"], granted);
    const introspected = await send(`${url}/oauth/introspect`, {
      method: "POST",
      body: new URLSearchParams({ client_id: client.client_id, token: tokens.access_token }),
    });
    assert.deepEqual(JSON.parse(introspected.text).authorization_details, granted);

    const reserve = async (token: string, name: string, seats: number) => {
      const { structuredContent } = await askTool(url, token, "ticket_events");
      const events = structuredContent?.["events"] as readonly Event[];
      const event = events.find((event) => event.name === name);
      const { isError, content } = await askTool(url, token, "ticket_reserve", {
        event_id: event?.id,
        seats,
      });
      return isError ? content[0]?.text : "reserved";
    };
    // 3,500 yen a seat: two within 8,000, a third beyond; one of 12,000 never.
    assert.match(
      await reserve(tokens.access_token, "New Year concert", 1) ?? "",
      /8000 JPY .* 8000 are left/,
    );
    assert.equal(await reserve(tokens.access_token, "Evening of bamboo flutes", 1), "reserved");
    const { body: next } = await refresh(url, client, tokens.refresh_token);
    assert.deepEqual((next as typeof tokens).authorization_details, granted);
    assert.equal(await reserve(next.access_token, "Evening of bamboo flutes", 1), "reserved");
    assert.match(
      await reserve(next.access_token, "Evening of bamboo flutes", 1) ?? "",
      /8000 JPY .* 1000 are left/,
    );
    // Another grant of the same app is no other purse.
    assert.match(
      await reserve(byDefault.tokens.access_token, "Evening of bamboo flutes", 1) ?? "",
      /10000 JPY .* 3000 are left/,
    );
    assert.equal(await reserve(next.access_token, "Moon viewing", 1), "reserved", "what costs nothing");
    const none = await grant({ scope }, []);
    assert.match(
      await reserve(none.tokens.access_token, "Moon viewing", 1) ?? "",
      /not allowed this app an amount/,
    );
  }, { env: { RATE_MCP: "0" } }));
