/**
 * A cluster whose roles and owners are laid out as on hosted Supabase (supabase/postgres, its migrations up to 2026-10):
 * `postgres` is no superuser, schema auth belongs to Supabase Auth. Only for a cluster of the test's own: roles are
 * shared by all databases of a server. What it cannot imitate: supautils and the extensions.
 */
import { getAuthSchemaSql } from "@supabase/lite";
import pg from "pg";
import { onDatabase } from "../../../local/testing/test_database.ts";

export interface HostedCluster {
  /** A database as a new project has it, before any migration of ours. */
  createProject(name: string): Promise<HostedProject>;
  /** The one in database `postgres`, with pg_cron switched on: only where the server has it. */
  createProjectWithCron(): Promise<HostedProject>;
}

export interface HostedProject {
  /** Role `postgres`: owner of the database, no superuser. */
  readonly ownerUrl: string;
  /** Role `supabase_auth_admin`: what Supabase Auth connects as. */
  readonly authUrl: string;
}

const PASSWORD = "hosted_layout";
const BASE = new URL("../../../local/database/supabase_base.sql", import.meta.url);
const SECOND_FACTOR = new URL("../../../local/second_factor/second_factor.sql", import.meta.url);

/** Lays out a fresh cluster. @param bootstrapUrl Of its superuser `postgres`, who is `supabase_admin` from then on. */
export async function layHosted(bootstrapUrl: string): Promise<HostedCluster> {
  // The first superuser of a cluster must stay one; another superuser may rename it.
  await run(bootstrapUrl, `create role renaming login superuser password '${PASSWORD}'`);
  await run(as(bootstrapUrl, "renaming"), "alter role postgres rename to supabase_admin");
  const adminUrl = as(bootstrapUrl, "supabase_admin", new URL(bootstrapUrl).password);
  await run(adminUrl, ROLES);
  const layProject = async (name: string) => {
    const projectUrl = onDatabase(adminUrl, name);
    const [base, secondFactor] = await Promise.all(
      [BASE, SECOND_FACTOR].map((url) => Deno.readTextFile(url)),
    );
    await run(projectUrl, `${base}; ${getAuthSchemaSql()}; ${secondFactor}; ${OWNERS}`);
    return { ownerUrl: as(projectUrl, "postgres"), authUrl: as(projectUrl, "supabase_auth_admin") };
  };
  return {
    async createProject(name) {
      await run(adminUrl, `create database ${name} owner postgres`);
      return await layProject(name);
    },
    async createProjectWithCron() {
      await run(onDatabase(adminUrl, "postgres"), `alter database postgres owner to postgres; ${CRON}`);
      return await layProject("postgres");
    },
  };
}

function as(url: string, role: string, password = PASSWORD): string {
  const other = new URL(url);
  other.username = role;
  other.password = password;
  return other.href;
}

async function run(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on("notice", () => {});
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** initial-schema, auth-schema, demote-postgres, revoke_admin_roles_from_postgres, grant_with_admin_…, supabase_superuser. */
const ROLES = `
  drop role renaming;
  create role anon nologin noinherit;
  create role authenticated nologin noinherit;
  create role service_role nologin noinherit bypassrls;
  create role authenticator login noinherit password '${PASSWORD}';
  grant anon, authenticated, service_role to authenticator;
  create role supabase_auth_admin login noinherit noreplication password '${PASSWORD}';
  alter role supabase_auth_admin set search_path = 'auth';
  create role postgres login nosuperuser createdb createrole replication bypassrls password '${PASSWORD}';
  grant pg_monitor, pg_read_all_data, pg_signal_backend to postgres;
  do $$
  begin
    if current_setting('server_version_num')::integer >= 160000 then
      grant anon, authenticated, service_role to postgres with admin option;
    else
      grant anon, authenticated, service_role to postgres;
    end if;
  end
  $$;
`;

/** demote-postgres, update-auth-permissions and, of Supabase Auth itself, enable_rls_update_grants. */
const OWNERS = `
  alter schema auth owner to supabase_auth_admin;
  do $$
  declare
    v_object record;
  begin
    for v_object in select oid::regclass as name, relkind from pg_class where relnamespace = 'auth'::regnamespace and relkind = 'r'
    loop
      execute format('alter table %s owner to supabase_auth_admin', v_object.name);
      execute format('alter table %s enable row level security', v_object.name);
      execute format('grant all on %s to postgres', v_object.name);
      execute format('grant select on %s to postgres with grant option', v_object.name);
    end loop;
    for v_object in select oid::regprocedure as name from pg_proc where pronamespace = 'auth'::regnamespace
    loop
      execute format('alter function %s owner to supabase_auth_admin', v_object.name);
      execute format('grant execute on function %s to postgres', v_object.name);
    end loop;
  end
  $$;
  grant usage on schema auth to postgres;
  grant all on schema extensions to postgres;
  alter default privileges for role postgres in schema public grant all on tables to anon, authenticated, service_role;
  alter default privileges for role postgres in schema public grant all on functions to anon, authenticated, service_role;
`;

/** What hosted does when the extension is created. */
const CRON = `
  create extension pg_cron with schema pg_catalog;
  grant usage on schema cron to postgres with grant option;
  grant all on all tables in schema cron to postgres with grant option;
  grant all on all functions in schema cron to postgres with grant option;
  revoke all on cron.job from postgres;
  grant select on cron.job to postgres with grant option;
`;
