/**
 * Tools and a prompt of the official `server` suite that need the client's answer before they can finish (MCP 2026-07-28
 * basic/patterns/mrtr, SEP-2322): they return what they ask, and are called again with the answers. Never part of the
 * product.
 */
import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  createRequestStateCodec,
  inputRequired,
  inputResponse,
  type McpServer,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";

type Requests = NonNullable<Parameters<typeof inputRequired>[0]["inputRequests"]>;

/** What a round carries to the next one; the client cannot change it. */
export const states = createRequestStateCodec<{ round: number }>({
  key: crypto.getRandomValues(new Uint8Array(32)),
});

const NAME = z.object({ name: z.string() });
const OK = z.object({ ok: z.boolean() });
const COLOR = z.object({ color: z.string() });
const CONTEXT = z.object({ context: z.string() });

const askName = (message: string) => inputRequired.elicit({ message, requestedSchema: NAME });
const sample = (words: string, maxTokens: number) =>
  inputRequired.createMessage({
    messages: [{ role: "user", content: { type: "text", text: words } }],
    maxTokens,
  });
const done = (words: string) => ({ content: [{ type: "text" as const, text: words }] });

/** Adds them all. */
export function addRounds(server: McpServer): void {
  addStateless(server);
  addStateful(server);
  server.registerPrompt("test_input_required_result_prompt", {
    description: "Asks the person what it shall be about.",
  }, ({ mcpReq }) => {
    const answer = acceptedContent(mcpReq.inputResponses, "user_context", CONTEXT);
    if (answer !== undefined) {
      return { messages: [{ role: "user", content: { type: "text", text: answer.context } }] };
    }
    const message = "What context should the prompt use?";
    return inputRequired({
      inputRequests: { user_context: inputRequired.elicit({ message, requestedSchema: CONTEXT }) },
    });
  });
}

/** One question, and nothing to remember. */
function addStateless(server: McpServer): void {
  for (const name of ["test_input_required_result_elicitation", "test_streaming_elicitation"]) {
    server.registerTool(name, { description: "Asks the person's name." }, ({ mcpReq }) => {
      const answer = acceptedContent(mcpReq.inputResponses, "user_name", NAME);
      if (answer !== undefined) return done(`Hello, ${answer.name}!`);
      return inputRequired({ inputRequests: { user_name: askName("What is your name?") } });
    });
  }
  for (const name of ["test_input_required_result_sampling", "test_missing_capability"]) {
    server.registerTool(name, { description: "Asks the client's model." }, ({ mcpReq }) => {
      const answer = inputResponse(mcpReq.inputResponses, "capital_question");
      if (answer.kind === "sampling") return done(JSON.stringify(answer.result.content));
      return inputRequired({
        inputRequests: { capital_question: sample("What is the capital of France?", 100) },
      });
    });
  }
  server.registerTool("test_input_required_result_list_roots", {
    description: "Asks for the client's roots.",
  }, ({ mcpReq }) => {
    const answer = inputResponse(mcpReq.inputResponses, "client_roots");
    if (answer.kind === "roots") return done(answer.roots.map(({ uri }) => uri).join("\n"));
    return inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } });
  });
  server.registerTool("test_input_required_result_capabilities", {
    description: "Asks only what the client can answer.",
  }, ({ mcpReq }) => {
    const can = (mcpReq.envelope as Record<string, ClientCapabilities | undefined> | undefined)
      ?.[CLIENT_CAPABILITIES_META_KEY];
    const inputRequests: Requests = {
      ...(can?.sampling === undefined ? {} : { question: sample("Say something.", 50) }),
      ...(can?.elicitation === undefined ? {} : { user_name: askName("What is your name?") }),
    };
    if (Object.keys(inputRequests).length === 0) return done("There is nothing to ask this client.");
    return inputRequired({ inputRequests });
  });
}

/** Rounds that go on where the last one stopped. */
function addStateful(server: McpServer): void {
  const confirm = inputRequired.elicit({ message: "Please confirm", requestedSchema: OK });
  for (
    const name of ["test_input_required_result_request_state", "test_input_required_result_tampered_state"]
  ) {
    server.registerTool(name, { description: "Remembers that it asked." }, async (context) => {
      const round = roundOf(context);
      const answer = acceptedContent(context.mcpReq.inputResponses, "confirm", OK);
      if (round === 1 && answer !== undefined) return done("state-ok");
      return await next(context, 1, { confirm });
    });
  }
  server.registerTool("test_input_required_result_multiple_inputs", {
    description: "Asks three things at once.",
  }, async (context) => {
    const round = roundOf(context);
    const { inputResponses } = context.mcpReq;
    const name = acceptedContent(inputResponses, "user_name", NAME);
    const greeting = inputResponse(inputResponses, "greeting");
    const roots = inputResponse(inputResponses, "client_roots");
    if (round === 1 && name !== undefined && greeting.kind === "sampling" && roots.kind === "roots") {
      return done(`${name.name}, ${roots.roots.length} roots`);
    }
    return await next(context, 1, {
      user_name: askName("What is your name?"),
      greeting: sample("Generate a greeting", 50),
      client_roots: inputRequired.listRoots(),
    });
  });
  server.registerTool("test_input_required_result_multi_round", {
    description: "Asks twice.",
  }, async (context) => {
    const round = roundOf(context);
    const { inputResponses } = context.mcpReq;
    if (round === 2) {
      const answer = acceptedContent(inputResponses, "step2", COLOR);
      if (answer !== undefined) return done(answer.color);
    }
    if (round === 2 || (round === 1 && acceptedContent(inputResponses, "step1", NAME) !== undefined)) {
      const message = "Step 2: What is your favorite color?";
      return await next(context, 2, { step2: inputRequired.elicit({ message, requestedSchema: COLOR }) });
    }
    return await next(context, 1, { step1: askName("Step 1: What is your name?") });
  });
}

async function next(context: ServerContext, round: number, inputRequests: Requests) {
  return inputRequired({ inputRequests, requestState: await states.mint({ round }, context) });
}

/** How far the call has come; 0 at its beginning. */
function roundOf({ mcpReq }: ServerContext): number {
  return mcpReq.requestState<{ round: number }>()?.round ?? 0;
}
