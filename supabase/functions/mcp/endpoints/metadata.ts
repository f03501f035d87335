/** Protected resource metadata (RFC 9728 §2): who gives out tokens for this server, and the least to ask for. */
import { json } from "../../_shared/http/respond.ts";
import type { Deps } from "../deps.ts";
import { RESOURCE_NAME } from "../protocol/resource_description.ts";
import { DEFAULT_SCOPE, DETAIL_TYPES } from "../protocol/scopes.ts";

/** Answers the document. */
export function protectedResourceMetadata({ urls }: Deps): Response {
  return json({
    resource: urls.resource,
    authorization_servers: [urls.issuer],
    scopes_supported: DEFAULT_SCOPE,
    authorization_details_types_supported: DETAIL_TYPES,
    bearer_methods_supported: ["header"],
    resource_name: RESOURCE_NAME,
  });
}
