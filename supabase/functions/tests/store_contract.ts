/**
 * The store contract: one list of scenarios, run on memory and on Postgres, so that what unit tests believe of the store
 * is what the SQL functions do. Every outcome of every operation appears here.
 */
import { clientKeyScenarios } from "./store_contract_client_keys.ts";
import { clientScenarios } from "./store_contract_clients.ts";
import { codeScenarios } from "./store_contract_codes.ts";
import { continueScenarios } from "./store_contract_continue.ts";
import { detailScenarios } from "./store_contract_details.ts";
import { documentScenarios } from "./store_contract_documents.ts";
import { limitScenarios } from "./store_contract_limits.ts";
import { ownerScenarios } from "./store_contract_owners.ts";
import { keyScenarios } from "./store_contract_keys.ts";
import { refreshScenarios } from "./store_contract_refresh.ts";
import { replayScenarios } from "./store_contract_replay.ts";
import { registrationScenarios } from "./store_contract_registration.ts";
import { scopeScenarios } from "./store_contract_scopes.ts";
import { serviceScenarios } from "./store_contract_service.ts";
import { requestScenarios } from "./store_contract_requests.ts";
import type { Scenario } from "./store_contract_world.ts";

export const SCENARIOS: readonly Scenario[] = [
  ...clientScenarios,
  ...clientKeyScenarios,
  ...requestScenarios,
  ...detailScenarios,
  ...continueScenarios,
  ...codeScenarios,
  ...refreshScenarios,
  ...replayScenarios,
  ...documentScenarios,
  ...serviceScenarios,
  ...ownerScenarios,
  ...scopeScenarios,
  ...registrationScenarios,
  ...keyScenarios,
  ...limitScenarios,
];
