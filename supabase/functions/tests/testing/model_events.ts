/** What happens to tokens without being asked for: time, housekeeping, revocation, clients and people that change. */
import fc from "fast-check";
import { admin, command, index, pick, refreshable } from "./model_command.ts";
import { elapse } from "./model_database.ts";
import { REVOKED_BY_HAND, SECONDS } from "./model_life_cycle.ts";

export const pass = fc.constantFrom(70, 70, 70, 140, 210, 840, 43_400, 86_450, 175_000).map((seconds) =>
  command(`elapse ${seconds}`, async (model, { database }) => {
    model.now += seconds;
    await elapse(database, model, seconds);
  })
);

export const purge = fc.constant(command("purge", async (model, real) => {
  await admin("select oauth.purge_expired()", () => [])(model, real);
  model.purge();
}));

export const revoke = index.map((at) =>
  command(
    `revoke ${at}`,
    async (model, real) => {
      const code = pick(model.codes, at)!;
      if (code.family !== null) code.family.revokedBecause ??= REVOKED_BY_HAND;
      await admin(
        `select oauth.revoke_token_family(family_id, $2) from oauth.authorization_codes
        where code_hash = decode($1, 'hex')`,
        () => [code.hash, REVOKED_BY_HAND],
      )(model, real);
    },
    (model) => model.codes.some((code) => !code.purged) && pick(model.codes, at)?.purged === false,
  )
);

/** Ninety-nine replays at once: the hundredth is the last. */
export const tire = index.map((at) =>
  command(
    `tire ${at}`,
    async (model, real) => {
      const token = pick(refreshable(model).toReversed(), at)!.generations.at(-2);
      if (token === undefined) return;
      token.replays = 99;
      await admin(
        "update oauth.refresh_tokens set replay_count = 99 where token_hash = decode($1, 'hex')",
        () => [token.hash],
      )(model, real);
    },
    (model) => refreshable(model).length > 0,
  )
);

export const block = fc.record({ client: index, blocked: fc.constantFrom(true, false, false) }).map((input) =>
  command(`block ${JSON.stringify(input)}`, async (model, real) => {
    const client = pick(model.clients, input.client)!;
    client.blocked = input.blocked;
    await admin(
      "update oauth.clients set blocked_at = case when $2 then clock_timestamp() end where id = $1",
      () => [client.id, input.blocked],
    )(model, real);
  })
);

export const person = fc.record({
  person: index,
  fate: fc.constantFrom("ban", "ban", "delete", "restore", "restore", "erase"),
})
  .map((input) =>
    command(`${input.fate} ${input.person}`, async (model, real) => {
      const { id } = pick(model.people, input.person)!;
      Object.assign(
        pick(model.people, input.person)!,
        {
          ban: { bannedUntil: model.now + SECONDS.ban },
          delete: { deleted: true },
          restore: { deleted: false, bannedUntil: 0 },
          erase: { erased: true },
        }[input.fate],
      );
      const text = {
        ban: "update auth.users set banned_until = clock_timestamp() + interval '100 s' where id = $1::uuid",
        delete: "update auth.users set deleted_at = clock_timestamp() where id = $1::uuid",
        restore: "update auth.users set deleted_at = null, banned_until = null where id = $1::uuid",
        erase: "delete from auth.users where id = $1::uuid",
      }[input.fate] ?? "";
      await admin(text, () => [id])(model, real);
    })
  );
