/**
 * Which account a provider's person is, by the rules of Supabase Auth (ADR 0022). An account is found by the provider's
 * own name for the person; by e-mail only if the provider says that it is verified.
 *
 * It must never take an e-mail address for a proof that the provider does not call verified.
 */
import type pg from "pg";
import type { Profile } from "./provider.ts";

export type FoundAccount =
  | { readonly outcome: "found"; readonly personId: string }
  | { readonly outcome: "banned" | "no_verified_email" };

/** Finds, links or makes the account. To be called in a transaction, which is the caller's to end. */
export async function findAccount(
  client: pg.ClientBase,
  provider: { readonly name: string; readonly emailOptional: boolean },
  profile: Profile,
): Promise<FoundAccount> {
  // One at a time for this person of the provider and for this address: two tabs must not make two accounts.
  for (const taken of [`${provider.name} ${profile.subject}`, profile.email ?? ""].sort()) {
    await client.query("select pg_advisory_xact_lock(hashtextextended($1::text, 0))", [`sign-in ${taken}`]);
  }
  const identityData = JSON.stringify(dataOf(profile));
  const known = await knownPerson(client, provider.name, profile.subject);
  if (known === null && profile.email === null && !provider.emailOptional) {
    return { outcome: "no_verified_email" };
  }
  const owner = known ?? (profile.email === null ? null : await ownerOfEmail(client, profile.email));
  const personId = owner ?? await createPerson(client, profile.email);
  if (await isBanned(client, personId)) return { outcome: "banned" };
  await client.query(
    `insert into auth.identities (id, provider, provider_id, user_id, identity_data, last_sign_in_at)
    values (gen_random_uuid(), $1::text, $2::text, $3::uuid, $4::jsonb, now())
    on conflict (provider, provider_id) do update
    set identity_data = excluded.identity_data, last_sign_in_at = now(), updated_at = now()`,
    [provider.name, profile.subject, personId, identityData],
  );
  if (profile.email !== null) await confirm(client, personId, profile.email, provider.name);
  await describe(client, personId, identityData);
  return { outcome: "found", personId };
}

async function knownPerson(client: pg.ClientBase, provider: string, subject: string): Promise<string | null> {
  const { rows } = await client.query<{ id: string }>(
    "select user_id as id from auth.identities where provider = $1::text and provider_id = $2::text",
    [provider, subject],
  );
  return rows[0]?.id ?? null;
}

async function ownerOfEmail(client: pg.ClientBase, email: string): Promise<string | null> {
  const { rows } = await client.query<{ id: string }>(
    "select id from auth.users where email = $1::text and not is_sso_user and deleted_at is null",
    [email],
  );
  return rows[0]?.id ?? null;
}

async function createPerson(client: pg.ClientBase, email: string | null): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `insert into auth.users (id, aud, role, email, email_confirmed_at)
    values (gen_random_uuid(), 'authenticated', 'authenticated', $1::text, case when $1::text is not null then now() end)
    returning id`,
    [email],
  );
  return rows[0]?.id ?? "";
}

async function isBanned(client: pg.ClientBase, personId: string): Promise<boolean> {
  const { rows } = await client.query<{ active: boolean }>(
    "select oauth.person_is_active(p_person_id => $1::uuid) as active",
    [personId],
  );
  return !rows[0]?.active;
}

/**
 * An account whose address nobody had proved belongs to who has proved it now. Whoever made it loses every way into it:
 * otherwise an account could be prepared for somebody else's first visit.
 */
async function confirm(
  client: pg.ClientBase,
  personId: string,
  email: string,
  provider: string,
): Promise<void> {
  const { rowCount } = await client.query(
    `update auth.users set email_confirmed_at = now(), encrypted_password = null, raw_user_meta_data = '{}'
    where id = $1::uuid and email = $2::text and email_confirmed_at is null`,
    [personId, email],
  );
  if (rowCount === 0) return;
  await client.query("delete from auth.sessions where user_id = $1::uuid", [personId]);
  await client.query("delete from auth.identities where user_id = $1::uuid and provider <> $2::text", [
    personId,
    provider,
  ]);
  // Nor may a second factor lock the owner out, or an app that was let in stay.
  await client.query("delete from auth.mfa_factors where user_id = $1::uuid", [personId]);
  await client.query(
    "select oauth.revoke_tokens(p_person_id => $1::uuid, p_because => 'the address was proved by its owner')",
    [personId],
  );
}

/** What Supabase Auth says of a person after a sign-in: the provider's claims, and which providers there are. */
async function describe(client: pg.ClientBase, personId: string, identityData: string): Promise<void> {
  await client.query(
    `with provider as (
      select identity.provider, min(identity.created_at) as since
      from auth.identities as identity where identity.user_id = $1::uuid group by identity.provider
    ), listed as (
      select jsonb_agg(provider.provider order by provider.since, provider.provider) as providers from provider
    )
    update auth.users
    set raw_user_meta_data = coalesce(raw_user_meta_data, '{}') || $2::jsonb,
      raw_app_meta_data = coalesce(raw_app_meta_data, '{}')
        || jsonb_build_object('provider', listed.providers -> 0, 'providers', listed.providers),
      updated_at = now()
    from listed
    where users.id = $1::uuid`,
    [personId, identityData],
  );
}

/** The claims as Supabase Auth keeps them, those that there are. */
function dataOf({ issuer, subject, email, name, picture }: Profile): Record<string, unknown> {
  return {
    iss: issuer,
    sub: subject,
    provider_id: subject,
    ...(email === null ? {} : { email }),
    ...(name === null ? {} : { name, full_name: name }),
    ...(picture === null ? {} : { picture, avatar_url: picture }),
    email_verified: email !== null,
    phone_verified: false,
  };
}
