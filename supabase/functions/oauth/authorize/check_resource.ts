/** `resource` (RFC 8707 §2.1): one that exists, or the default one for clients that name none. */
import { selectResource } from "../tokens/resource.ts";
import type { Check } from "./attempt.ts";

export const checkResource: Check = async (attempt, { store }) => {
  attempt.resource = selectResource(attempt.parameters.get("resource"), await store.listResources());
};
