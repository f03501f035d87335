/**
 * Attack 9: a document that says something else after consent (CIMD draft §6). An earlier consent no longer pre-ticks
 * anything for a client that changed its name, where it is answered or how it proves itself; what a key began is
 * refreshed with one.
 */
import assert from "node:assert/strict";
import type { Interaction } from "../../_shared/contract/interaction.ts";
import { newClientKey } from "../../oauth/testing/client_key.ts";
import {
  authorizeParameters,
  beginRequest,
  grantCode,
  redeem,
  refresh,
  signInByPassword,
} from "../testing/http_flow.ts";
import { onStage } from "./testing/attack_stage.ts";
import { documentOf, publishDocument, type PublishedDocument } from "./testing/published_document.ts";

Deno.test("attack 9: identity drift of a client id metadata document", (t) =>
  onStage(async ({ url, urls: [, other = ""], rows }) => {
    const session = await signInByPassword(url);
    /** Whether consent pre-ticks anything, asked of this process. */
    const earlier = async (process: string, client_id: string) => {
      const begun = await beginRequest(process, await authorizeParameters({ client_id }, "v".repeat(43)));
      const shown = await fetch(`${process}/oauth/interaction/${begun.id}`, {
        headers: { Authorization: `Bearer ${session}` },
      });
      const { scopes }: Interaction = await shown.json();
      return scopes.some((scope) => scope.earlier);
    };

    await t.step(
      "the same document keeps what was given; another name or redirect URI does not",
      async () => {
        await using same = publishDocument();
        await using renamed = publishDocument();
        await using moved = publishDocument();
        for (const document of [same, renamed, moved]) {
          await grantCode(url, { client_id: document.url }, session);
          assert.equal(await earlier(url, document.url), true);
        }
        renamed.answer((id) => Response.json(documentOf(id, { client_name: "Another app" })));
        moved.answer((id) =>
          Response.json(
            documentOf(id, { redirect_uris: ["http://127.0.0.1:9/callback", "https://evil.example/cb"] }),
          )
        );
        // The kept copies are a day old now; the other process remembers none of them.
        await rows(
          "update oauth.clients set fresh_until = fresh_until - interval '1 day' where origin = 'document'",
        );
        assert.equal(await earlier(other, same.url), true);
        assert.equal(await earlier(other, renamed.url), false);
        assert.equal(await earlier(other, moved.url), false);
        const told = await rows(
          "select client_id, details from oauth.audit_events where event = 'client_drifted' order by id",
        );
        assert.deepEqual(told, [
          { client_id: renamed.url, details: { changed: ["name"] } },
          { client_id: moved.url, details: { changed: ["redirect_uris"] } },
        ], "audited, once each");
      },
    );

    /** The kept copies are old now. */
    const age = () =>
      rows("update oauth.clients set fresh_until = fresh_until - interval '1 day' where origin = 'document'");
    const signing = (document: PublishedDocument) => ({
      token_endpoint_auth_method: "private_key_jwt",
      jwks_uri: document.keysUrl,
    });

    const proofs: readonly [what: string, kept: boolean, next: (document: PublishedDocument) => void][] = [
      ["another key at the same URL", true, (document) => document.publishKeys()],
      [
        "keys at another URL",
        false,
        (document) => document.say({ ...signing(document), jwks_uri: `${document.keysUrl}?moved` }),
      ],
      ["no key any more", false, (document) => document.say({})],
    ];
    for (const [what, kept, next] of proofs) {
      await t.step(`${what}: what was given ${kept ? "stays" : "does not stay"}`, async () => {
        await using document = publishDocument();
        const key = await newClientKey();
        document.publishKeys(key.jwk);
        document.say(signing(document));
        const granted = await grantCode(url, { client_id: document.url }, session);
        assert.equal((await redeem(url, granted, await key.present(document.url, url))).status, 200);
        next(document);
        await age();
        assert.equal(await earlier(other, document.url), kept);
      });
    }

    await t.step(
      "a family that a key began is refreshed with one, whatever the document says by then",
      async () => {
        await using document = publishDocument();
        const key = await newClientKey();
        const client = { client_id: document.url };
        document.publishKeys(key.jwk);
        document.say(signing(document));
        const granted = await grantCode(url, client, session);
        const { body: { refresh_token } } = await redeem(url, granted, await key.present(document.url, url));
        document.say({});
        await age();
        assert.equal(
          await earlier(other, document.url),
          false,
          "the other process has read the new document",
        );
        const bare = await refresh(other, client, refresh_token);
        assert.deepEqual([bare.status, "error" in bare.body && bare.body.error], [400, "invalid_grant"]);
        document.say(signing(document));
        await age();
        const signed = await refresh(url, client, refresh_token, await key.present(document.url, url));
        assert.equal(signed.status, 200, "the refusal has consumed nothing");
      },
    );
  }, { processes: 2 }));
