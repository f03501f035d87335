/**
 * Resource identifiers as clients send them (RFC 8707 §2). Scheme and host in any case and one trailing slash are
 * tolerated: SDKs add it. Everything else is compared byte for byte.
 */
import { OAuthError } from "../../_shared/oauth_error.ts";
import type { Resource } from "../deps.ts";

/** A sent identifier in the form in which identifiers are stored. */
export function normalizeResource(sent: string): string {
  return sent.replace(/^[^:/?#]+:\/\/[^/?#]*/, (origin) => origin.toLowerCase()).replace(/\/$/, "");
}

/**
 * The resource that a request is about: the one it names, or the default one.
 *
 * @throws OAuthError `invalid_target` when there is no such resource.
 */
export function selectResource(sent: string | undefined, resources: readonly Resource[]): Resource {
  const wanted = sent === undefined ? null : normalizeResource(sent);
  const found = resources.find((resource) =>
    wanted === null ? resource.isDefault : resource.identifier === wanted
  );
  if (found === undefined) throw invalidTarget("resource_unknown");
  return found;
}

/** The refusal of a resource: one text for every cause (RFC 8707 §2). */
export function invalidTarget(reason: string): OAuthError {
  return new OAuthError(
    "invalid_target",
    "The resource is unknown, or not the one that was authorized.",
    reason,
  );
}
