/** What clients ask, as fast-check commands: codes granted, redeemed and replayed, tokens refreshed and replayed. */
import fc from "fast-check";
import {
  authenticated,
  bytes,
  type Command,
  command,
  compare,
  index,
  mutation,
  pick,
  recent,
  refreshable,
  times,
  together,
} from "./model_command.ts";
import { insertCode, randomHash, randomJti } from "./model_database.ts";
import { block, pass, person, purge, revoke, tire } from "./model_events.ts";
import { type LifeCycle, SCOPE, SECONDS } from "./model_life_cycle.ts";
import type { Code, ModelClient } from "./model_types.ts";

const REDIRECT_URIS = ["http://127.0.0.1:50123/callback", "https://app.example/callback"];

const grantCode = fc.record({
  client: index,
  person: index,
  scope: fc.subarray(SCOPE, { minLength: 1 }),
  uri: index,
})
  .map((input) =>
    command(
      `grant ${JSON.stringify(input)}`,
      async (model, { database }) => {
        const code: Code = {
          hash: randomHash(),
          client: pick(model.clients, input.client)!,
          person: pick(model.people, input.person)!,
          scope: input.scope,
          redirectUri: pick(REDIRECT_URIS, input.uri)!,
          challenge: randomHash().slice(0, 43),
          expiresAt: model.now + SECONDS.code,
          usedAt: null,
          family: null,
          purged: false,
        };
        model.codes.push(code);
        await insertCode(database, code);
      },
      (model) => !pick(model.people, input.person)!.erased,
    )
  );

/** Another client than this, and the secret it really has. */
function asking(model: LifeCycle, own: ModelClient, changed: string) {
  const client = changed === "client" ? model.clients.find((other) => other !== own)! : own;
  return {
    client,
    secretHash: changed === "secret" ? randomHash() : client.secretHash,
    resource: changed === "resource" ? "https://other.example/mcp" : null,
  };
}

function sentRedirectUri(code: Code, changed: string): string | null {
  if (changed === "no_redirect") return null;
  return changed === "redirect" ? "http://127.0.0.1:50123/other" : code.redirectUri;
}

const redeemChange = mutation("client", "secret", "redirect", "no_redirect", "verifier", "resource", "hash");
const redeem = fc.record({ code: recent, change: redeemChange, strict: fc.nat(5), together }).map((input) =>
  command(
    `redeem ${JSON.stringify(input)}`,
    async (model, real) => {
      const code = pick(model.codes.toReversed(), input.code)!;
      const all = times(input.together, () => ({
        ...asking(model, code.client, input.change),
        hash: input.change === "hash" ? randomHash() : code.hash,
        redirectUri: sentRedirectUri(code, input.change),
        challenge: input.change === "verifier" ? randomHash().slice(0, 43) : code.challenge,
        replaySeconds: input.strict === 0 ? 0 : SECONDS.codeReplay,
        jti: randomJti(),
        refreshHash: randomHash(),
      }));
      const actual = await Promise.all(all.map((each) =>
        real.database.store.redeemAuthorizationCode({
          client: authenticated(each),
          codeHash: bytes(each.hash),
          redirectUri: each.redirectUri,
          codeChallenge: each.challenge,
          resource: each.resource,
          replaySeconds: each.replaySeconds,
          jti: each.jti,
          refreshTokenHash: bytes(each.refreshHash),
          accessTokenSeconds: SECONDS.access,
          refreshTokenSeconds: SECONDS.refresh,
        })
      ));
      compare(actual, (at) => model.redeem(all[at]!), real);
    },
    (model) => model.codes.length > 0,
  )
);

const WILDCARDS = ["product:*", "booking:*", "order:*"];

const refresh = fc.record({
  family: recent,
  /** Counted from the newest generation. */
  back: fc.constantFrom(0, 0, 0, 1, 1, 2, 3),
  change: mutation("client", "secret", "resource", "hash"),
  scope: fc.oneof(
    { weight: 4, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.subarray([...SCOPE, "booking:write"], { minLength: 1 }) },
    { weight: 1, arbitrary: fc.shuffledSubarray([...SCOPE, ...WILDCARDS], { minLength: 1 }) },
  ),
  strict: fc.nat(5),
  together,
}).map((input) =>
  command(
    `refresh ${JSON.stringify(input)}`,
    async (model, real) => {
      const family = pick(refreshable(model).toReversed(), input.family)!;
      const token = family.generations.at(-1 - input.back) ?? family.generations[0]!;
      const all = times(input.together, () => ({
        ...asking(model, family.client, input.change),
        hash: input.change === "hash" ? randomHash() : token.hash,
        scope: input.scope,
        replaySeconds: input.strict === 0 ? 0 : SECONDS.refreshReplay,
        jti: randomJti(),
        successorHash: randomHash(),
        sealed: `sealed ${randomJti()}`,
      }));
      const actual = await Promise.all(all.map((each) =>
        real.database.store.rotateRefreshToken({
          client: authenticated(each),
          tokenHash: bytes(each.hash),
          resource: each.resource,
          scope: each.scope,
          successorHash: bytes(each.successorHash),
          sealedSuccessor: each.sealed,
          replaySeconds: each.replaySeconds,
          jti: each.jti,
          accessTokenSeconds: SECONDS.access,
          refreshTokenSeconds: SECONDS.refresh,
          perHour: 0,
        })
      ));
      compare(actual, (at) => model.refresh(all[at]!), real);
    },
    (model) => refreshable(model).length > 0,
  )
);

/** Listed as often as they should come. */
export const COMMANDS: fc.Arbitrary<Command>[] = [
  ...times(5, () => grantCode),
  ...times(8, () => redeem),
  ...times(16, () => refresh),
  ...times(2, () => pass),
  purge,
  revoke,
  ...times(3, () => tire),
  block,
  person,
];
