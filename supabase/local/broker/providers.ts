/** The providers of this server: those that the operator has credentials of, and no other. */
import { createGoogle, GOOGLE_ISSUER } from "./google.ts";
import { createLine, LINE_ENDPOINTS, type LineEndpoints } from "./line.ts";
import type { Provider, ProviderCredentials } from "./provider.ts";

/** Where the providers are, if not where everybody knows them. */
export interface ProviderPlaces {
  readonly googleIssuer?: string;
  readonly line?: LineEndpoints;
}

/** In the order in which the pages offer them. */
export function createProviders(
  settings: { readonly google: ProviderCredentials | null; readonly line: ProviderCredentials | null },
  { googleIssuer = GOOGLE_ISSUER, line = LINE_ENDPOINTS }: ProviderPlaces = {},
): readonly Provider[] {
  return [
    ...(settings.google === null ? [] : [createGoogle(settings.google, googleIssuer)]),
    ...(settings.line === null ? [] : [createLine(settings.line, line)]),
  ];
}
