/**
 * Tools of the official `server` suite that ask the client something in the middle of a call (MCP 2025-11-25
 * client/elicitation, client/sampling). Over our stateless transport that request cannot be sent in a revision where the
 * client does not call again: the scenarios are expected to fail, and do so for this reason. Never part of the product.
 */
import { inputRequired, inputResponse, type McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";

type Elicitation = Extract<Parameters<typeof inputRequired.elicit>[0]["requestedSchema"], { type: "object" }>;

const TITLED = [{ const: "value1", title: "First" }, { const: "value2", title: "Second" }];
const PLAIN = ["option1", "option2", "option3"];

const FORMS: Record<string, Elicitation> = {
  test_elicitation_sep1034_defaults: {
    type: "object",
    properties: {
      name: { type: "string", default: "John Doe" },
      age: { type: "integer", default: 30 },
      score: { type: "number", default: 95.5 },
      status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
      verified: { type: "boolean", default: true },
    },
  },
  test_elicitation_sep1330_enums: {
    type: "object",
    properties: {
      untitledSingle: { type: "string", enum: PLAIN },
      titledSingle: { type: "string", oneOf: TITLED },
      legacyEnum: { type: "string", enum: ["opt1", "opt2"], enumNames: ["Option One", "Option Two"] },
      untitledMulti: { type: "array", items: { type: "string", enum: PLAIN } },
      titledMulti: { type: "array", items: { anyOf: TITLED } },
    },
  },
};

/** Adds them all. */
export function addLegacyRequests(server: McpServer): void {
  for (const [name, requestedSchema] of Object.entries(FORMS)) {
    server.registerTool(name, { description: "Shows a form." }, ({ mcpReq }) => {
      const answer = inputResponse(mcpReq.inputResponses, "form");
      if (answer.kind === "elicit") return done(answer);
      return inputRequired({
        inputRequests: { form: inputRequired.elicit({ message: "Fill it in.", requestedSchema }) },
      });
    });
  }
  server.registerTool("test_elicitation", {
    description: "Asks who the person is.",
    inputSchema: z.object({ message: z.string() }),
  }, ({ message }, { mcpReq }) => {
    const answer = inputResponse(mcpReq.inputResponses, "person");
    if (answer.kind === "elicit") return done(answer);
    const requestedSchema = z.object({ username: z.string(), email: z.string() });
    return inputRequired({ inputRequests: { person: inputRequired.elicit({ message, requestedSchema }) } });
  });
  server.registerTool("test_sampling", {
    description: "Passes a prompt to the client's model.",
    inputSchema: z.object({ prompt: z.string() }),
  }, ({ prompt }, { mcpReq }) => {
    const answer = inputResponse(mcpReq.inputResponses, "reply");
    if (answer.kind === "sampling") return done(answer.result.content);
    const messages = [{ role: "user", content: { type: "text", text: prompt } }] as const;
    return inputRequired({
      inputRequests: { reply: inputRequired.createMessage({ messages: [...messages], maxTokens: 100 }) },
    });
  });
}

function done(answer: unknown) {
  return { content: [{ type: "text" as const, text: JSON.stringify(answer) }] };
}
