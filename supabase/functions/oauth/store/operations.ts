/**
 * What the store remembers and what can be asked of it: types only. Operations answer tagged outcomes; every rule behind
 * them is one SQL function (the memory store of the tests keeps to the same contract).
 */
import type { ClientOperations } from "./client_operations.ts";
import type { KeyOperations } from "./key_operations.ts";
import type { LimitOperations } from "./limit_operations.ts";
import type { OwnerOperations } from "./owner_operations.ts";
import type { RequestOperations } from "./request_operations.ts";
import type { RequestOrigin } from "../../_shared/request_origin.ts";
import type { TokenOperations } from "./token_operations.ts";

/** Everything that is remembered. One call is one round trip and one transaction. */
export interface OAuthStore
  extends
    ClientOperations,
    RequestOperations,
    TokenOperations,
    OwnerOperations,
    KeyOperations,
    LimitOperations {
  /** The same store, as one request asks it: what is audited says which. */
  forRequest(origin: RequestOrigin): OAuthStore;
}
