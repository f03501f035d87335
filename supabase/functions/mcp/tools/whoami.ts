/** `whoami`: what the token says of itself. Needs no scope and asks nobody: what a model looks at when it is refused. */
import { z } from "zod";
import { defineTool, LOOKS_ONLY } from "./define_tool.ts";

export const whoami = defineTool({
  name: "whoami",
  title: "Show this access",
  description: "For whom and as which app you are calling, and which scopes the person has allowed.",
  scope: null,
  needsPerson: false,
  input: z.object({}),
  output: z.object({
    person_id: z.string().nullable().describe("Null for an app that acts in its own name."),
    client_id: z.string(),
    scopes: z.array(z.string()),
    resource: z.string().describe("The server that the access token is for."),
  }),
  annotations: LOOKS_ONLY,

  run(_input, { caller }) {
    return Promise.resolve({
      person_id: caller.personId,
      client_id: caller.clientId,
      scopes: [...caller.scope],
      resource: caller.resource,
    });
  },
});
