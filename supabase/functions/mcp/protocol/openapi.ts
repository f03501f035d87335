/**
 * The plain HTTP face as an OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.1), computed from the registries of
 * tools and scopes: it cannot say anything else than what is served.
 */
import { z } from "zod";
import type { PublicUrls } from "../../_shared/public_urls.ts";
import type { Tool } from "../tools/define_tool.ts";
import { TOOLS } from "../tools/index.ts";
import { RESOURCE_NAME } from "./resource_description.ts";
import { SCOPES } from "./scopes.ts";
import { toolPath } from "./tool_paths.ts";

/** Every refusal that any tool can be answered with, and when. */
const REFUSALS: Readonly<Record<string, string>> = {
  400: "The body is not JSON or does not fit the tool's input, or a token and an API key came together.",
  401: "There is no token or API key, or it is not good any more. WWW-Authenticate tells how to get a token.",
  413: "The body is larger than 1 MiB.",
  415: "The body is not application/json.",
  422: "The tool was asked for what it cannot do; detail tells what to do.",
  429: "No call is left for now. Retry-After tells when to come back.",
  500: "The tool failed, and perhaps changed something.",
  503: "What is needed cannot be reached. Retry-After tells when to come back.",
};
const INSUFFICIENT_SCOPE =
  "The token or API key does not have the tool's scope. WWW-Authenticate tells which scope to ask for.";

/** The document for a server at these URLs. */
export function describeOpenApi(urls: PublicUrls): Record<string, unknown> {
  return {
    openapi: "3.1.1",
    info: {
      title: RESOURCE_NAME,
      version: "0.1.0",
      description:
        "The tools of the MCP server over plain HTTP: the same scopes, row policies and limits. Refusals are problem " +
        "details (RFC 9457).",
      contact: { name: RESOURCE_NAME, url: urls.issuer },
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: urls.resource }],
    tags: nouns().map((name) => ({ name, description: `Tools of ${name}.` })),
    security: [{ oauth: [] }, { apiKey: [] }],
    paths: Object.fromEntries(TOOLS.map((tool) => [toolPath(tool), { post: operation(tool) }])),
    components: {
      securitySchemes: { oauth: oauth(urls), apiKey: API_KEY },
      schemas: { Problem: PROBLEM },
      responses: Object.fromEntries(
        Object.entries({ ...REFUSALS, 403: INSUFFICIENT_SCOPE }).map(([status, description]) =>
          [`Refusal${status}`, { description, content: PROBLEM_CONTENT }] as const
        ),
      ),
    },
  };
}

function operation(tool: Tool) {
  const input = jsonSchema(tool.input, "input");
  const refusals = Object.keys(tool.scope === null ? REFUSALS : { ...REFUSALS, 403: INSUFFICIENT_SCOPE });
  return {
    operationId: tool.name,
    tags: [nounOf(tool)],
    summary: tool.title,
    description: tool.description,
    security: [{ oauth: tool.scope === null ? [] : [tool.scope] }, { apiKey: [] }],
    requestBody: {
      required: Array.isArray(input["required"]) && input["required"].length > 0,
      content: { "application/json": { schema: input } },
    },
    responses: {
      200: {
        description: "What the tool answers.",
        content: { "application/json": { schema: jsonSchema(tool.output, "output") } },
      },
      ...Object.fromEntries(
        refusals.map((status) => [status, { $ref: `#/components/responses/Refusal${status}` }] as const),
      ),
    },
  };
}

/** JSON Schema of draft 2020-12, which OpenAPI 3.1 takes as it is. */
function jsonSchema(schema: z.ZodObject, io: "input" | "output"): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}

function oauth(urls: PublicUrls) {
  const scopes = Object.fromEntries(SCOPES.map(({ name, description }) => [name, description.en]));
  return {
    type: "oauth2",
    description: "An access token for this resource (RFC 6750, RFC 8707).",
    flows: {
      authorizationCode: {
        authorizationUrl: urls.authorize,
        tokenUrl: urls.token,
        refreshUrl: urls.token,
        scopes,
      },
    },
  };
}

const API_KEY = {
  type: "apiKey",
  in: "header",
  name: "X-API-Key",
  description: "A key that a person made for this resource, with the tool's scope; instead of a token.",
};

const PROBLEM = {
  type: "object",
  required: ["title", "status", "error", "detail"],
  properties: {
    title: { type: "string" },
    status: { type: "integer" },
    error: { type: "string", description: "A code that programs can rely on." },
    detail: { type: "string", description: "What to do, in a sentence." },
    errors: {
      type: "array",
      description: "What of the input is wrong.",
      items: {
        type: "object",
        required: ["pointer"],
        properties: { pointer: { type: "string", description: "JSON pointer (RFC 6901) into the body." } },
      },
    },
  },
};

const PROBLEM_CONTENT = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };

function nouns(): string[] {
  return [...new Set(TOOLS.map(nounOf))].sort();
}

function nounOf({ name, scope }: Tool): string {
  return scope === null ? "general" : name.slice(0, name.indexOf("_"));
}
