/** `prompt` (OpenID Connect Core §3.1.2.1): consent is asked every time, so `none` can never be honoured. */
import { OAuthError } from "../../_shared/oauth_error.ts";
import type { Check } from "./attempt.ts";

export const checkPrompt: Check = (attempt) => {
  if ((attempt.parameters.get("prompt") ?? "").split(" ").includes("none")) {
    throw new OAuthError("interaction_required", "This server asks for consent every time.", "prompt_none");
  }
};
