/**
 * What the official `server` suite expects a server under test to offer: tools, prompts and resources that return each
 * kind of content that MCP knows. Names and payloads are the suite's. Never part of the product.
 */
import {
  completable,
  fromJsonSchema,
  type McpServer,
  ResourceTemplate,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";

/** One red pixel. */
const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
/** The header of a sound without samples. */
const WAV = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=";
const PAUSE_MS = 50;

const text = (words: string) => ({ type: "text", text: words }) as const;
const image = { type: "image", data: PNG, mimeType: "image/png" } as const;
const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

/** Adds them all. */
export function addFixtures(server: McpServer): void {
  server.server.registerCapabilities({
    completions: {},
    logging: {},
    prompts: { listChanged: false },
    resources: { listChanged: false },
  });
  addContentTools(server);
  addBehaviours(server);
  addSchemas(server);
  addPrompts(server);
  addResources(server);
}

function addContentTools(server: McpServer): void {
  const contents = {
    test_simple_text: [text("This is a simple text response for testing.")],
    test_image_content: [image],
    test_audio_content: [{ type: "audio", data: WAV, mimeType: "audio/wav" }],
    test_embedded_resource: [{
      type: "resource",
      resource: {
        uri: "test://embedded-resource",
        mimeType: "text/plain",
        text: "This is an embedded resource content.",
      },
    }],
    test_multiple_content_types: [text("Multiple content types test:"), image, {
      type: "resource",
      resource: {
        uri: "test://mixed-content-resource",
        mimeType: "application/json",
        text: JSON.stringify({ test: "data", value: 123 }),
      },
    }],
  } as const;
  for (const [name, content] of Object.entries(contents)) {
    server.registerTool(name, { description: "Returns one kind of content." }, () => ({
      content: [...content],
    }));
  }
}

function addBehaviours(server: McpServer): void {
  const add = (
    name: string,
    description: string,
    run: (context: ServerContext) => Promise<void>,
  ) =>
    server.registerTool(name, { description }, async (context) => {
      await run(context);
      return { content: [text("Done.")] };
    });

  add("test_error_handling", "Always fails.", () => {
    throw new Error("This tool intentionally returns an error for testing");
  });
  add("test_tool_with_progress", "Reports its progress to whoever asks for it.", async ({ mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken;
    for (const progress of [0, 50, 100]) {
      if (progress > 0) await pause();
      if (progressToken === undefined) continue;
      const params = { progressToken, progress, total: 100 };
      await mcpReq.notify({ method: "notifications/progress", params });
    }
  });
  for (const name of ["test_tool_with_logging", "test_logging_tool"]) {
    add(name, "Logs what it does.", async ({ mcpReq }) => {
      for (const step of ["started", "processing", "completed"]) {
        await mcpReq.log("info", `Tool execution ${step}`);
        await pause();
      }
    });
  }
}

/** Input schemas that zod cannot say. */
function addSchemas(server: McpServer): void {
  const schemas = {
    json_schema_2020_12_tool: {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      $defs: {
        address: {
          $anchor: "addressDef",
          type: "object",
          properties: { street: { type: "string" }, city: { type: "string" } },
        },
      },
      properties: {
        name: { type: "string" },
        address: { $ref: "#/$defs/address" },
        contactMethod: { type: "string", enum: ["phone", "email"] },
        phone: { type: "string" },
        email: { type: "string" },
      },
      allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
      if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
      then: { required: ["phone"] },
      else: { required: ["email"] },
      additionalProperties: false,
    },
    // Intermediaries route by this parameter: the client repeats it in a header, the server compares (SEP-2243).
    test_header_parameter: {
      type: "object",
      properties: { region: { type: "string", "x-mcp-header": "Region" } },
      required: ["region"],
    },
  };
  for (const [name, schema] of Object.entries(schemas)) {
    const inputSchema = fromJsonSchema<Record<string, unknown>>(schema as never);
    const config = { description: "Repeats its input.", inputSchema };
    server.registerTool(name, config, (input) => ({ content: [text(JSON.stringify(input))] }));
  }
}

function addPrompts(server: McpServer): void {
  const user = <Content>(content: Content) => ({ role: "user", content }) as const;
  server.registerPrompt(
    "test_simple_prompt",
    { description: "Has no arguments." },
    () => ({ messages: [user(text("This is a simple prompt for testing."))] }),
  );
  const cities = (typed: string | undefined) =>
    ["paris", "park", "party"].filter((city) => city.startsWith(typed ?? ""));
  server.registerPrompt("test_prompt_with_arguments", {
    description: "Repeats its arguments.",
    argsSchema: z.object({ arg1: completable(z.string(), cities), arg2: z.string() }),
  }, ({ arg1, arg2 }) => ({
    messages: [user(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`))],
  }));
  server.registerPrompt("test_prompt_with_embedded_resource", {
    description: "Embeds a resource.",
    argsSchema: z.object({ resourceUri: z.string() }),
  }, ({ resourceUri }) => ({
    messages: [
      user({
        type: "resource",
        resource: {
          uri: resourceUri,
          mimeType: "text/plain",
          text: "Embedded resource content for testing.",
        },
      }),
      user(text("Please process the embedded resource above.")),
    ],
  }));
  server.registerPrompt(
    "test_prompt_with_image",
    { description: "Shows an image." },
    () => ({ messages: [user(image), user(text("Please analyze the image above."))] }),
  );
}

function addResources(server: McpServer): void {
  server.registerResource(
    "static-text",
    "test://static-text",
    { description: "A text.", mimeType: "text/plain" },
    ({ href }) => ({
      contents: [{
        uri: href,
        mimeType: "text/plain",
        text: "This is the content of the static text resource.",
      }],
    }),
  );
  addWatching(server);
  server.registerResource(
    "static-binary",
    "test://static-binary",
    { description: "An image.", mimeType: "image/png" },
    ({ href }) => ({ contents: [{ uri: href, mimeType: "image/png", blob: PNG }] }),
  );
  server.registerResource(
    "template",
    new ResourceTemplate("test://template/{id}/data", { list: undefined }),
    { description: "The data of one id.", mimeType: "application/json" },
    ({ href }, { id }) => ({
      contents: [{
        uri: href,
        mimeType: "application/json",
        text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
      }],
    }),
  );
}

/**
 * Accepts subscriptions, where a revision has them (MCP 2025-11-25 server/resources). No fixture ever changes, so nobody
 * is owed a notification and there is nothing to remember. Not declared: at 2026-07-28 that would promise a stream.
 */
function addWatching({ server }: McpServer): void {
  server.setRequestHandler("resources/subscribe", () => ({}));
  server.setRequestHandler("resources/unsubscribe", () => ({}));
}
