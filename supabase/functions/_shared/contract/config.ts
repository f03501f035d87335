/**
 * `GET /config.json`: what the pages must know about this server. Nothing in it is secret.
 *
 * Types only: this file is imported by `web/`.
 */
export interface PublicConfig {
  readonly supabase_url: string;
  readonly publishable_key: string;
  readonly public_url: string;
  /** Ways to sign in: `"password"`, `"google"`, `"custom:line"`. */
  readonly providers: readonly string[];
}
