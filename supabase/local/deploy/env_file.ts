/** An environment as a file, in the part of the `.env` format that every reader of it takes alike. */
import { SettingsError } from "../../functions/_shared/runtime/env.ts";

/**
 * One line each, in single quotes, where nothing is expanded.
 *
 * @throws SettingsError for a value that cannot be said so.
 */
export function envFile(values: Readonly<Record<string, string>>): string {
  return Object.entries(values).map(([name, value]) => {
    if (/['\n\r]/.test(value)) throw new SettingsError(`${name}: must be one line without single quotes`);
    return `${name}='${value}'\n`;
  }).join("");
}
