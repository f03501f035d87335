/**
 * Attack 9: a document that says something else after consent (CIMD draft §6). An earlier consent no longer pre-ticks
 * anything for a client that changed its name or where it is answered.
 */
import assert from "node:assert/strict";
import type { Interaction } from "../../_shared/contract/interaction.ts";
import { authorizeParameters, beginRequest, grantCode, signInByPassword } from "../testing/http_flow.ts";
import { onStage } from "./testing/attack_stage.ts";
import { documentOf, publishDocument } from "./testing/published_document.ts";

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
      },
    );
  }, { processes: 2 }));
