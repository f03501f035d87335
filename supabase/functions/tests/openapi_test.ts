/**
 * The OpenAPI document of the running product: a linter of others finds nothing in it, and for every operation a good
 * request and each kind of bad one is answered with a status, a type and a body that it documents.
 */
import assert from "node:assert/strict";
import addFormats from "ajv-formats";
import { Ajv2020 } from "ajv/dist/2020";
import { SCOPES } from "../mcp/protocol/scopes.ts";
import { TOOLS } from "../mcp/tools/index.ts";
import { type Answer, onStage, send } from "./attacks/testing/attack_stage.ts";
import { obtainToken } from "./testing/mcp_request.ts";
import { inputOf, PEOPLE, readWorld } from "./testing/shop_world.ts";

/** A tool, run by npx: not in the import map, so that nobody who only starts the product fetches it. */
const SPECTRAL = "@stoplight/spectral-cli@6.16.3";
const ALL = SCOPES.map((scope) => scope.name).join(" ");

interface Documented {
  readonly content: Readonly<Record<string, { readonly schema: object }>>;
}

interface Operation {
  readonly operationId: string;
  readonly security: readonly [{ readonly oauth: readonly string[] }, { readonly apiKey: readonly [] }];
  readonly requestBody: { readonly required: boolean };
  readonly responses: Readonly<Record<string, Documented | { readonly $ref: string }>>;
}

interface Document {
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, { readonly post: Operation }>>;
  readonly components: { readonly responses: Readonly<Record<string, Documented>>; readonly schemas: object };
}

async function fetchDocument(url: string): Promise<Document> {
  const answer = await send(`${url}/mcp/openapi.json`);
  assert.equal(answer.status, 200);
  return JSON.parse(answer.text);
}

/** Requires that the document says that this operation may answer so. */
function createJudge(document: Document) {
  const ajv = new Ajv2020({ strict: false });
  // deno-lint-ignore no-explicit-any
  (addFormats as any)(ajv);
  ajv.addSchema({ $id: "document", components: document.components });
  return (operation: Operation, answer: Answer) => {
    const what = `${operation.operationId} ${answer.status} ${answer.text.slice(0, 300)}`;
    const named = operation.responses[answer.status];
    assert.ok(named, `not documented: ${what}`);
    const response = "$ref" in named
      ? document.components.responses[named.$ref.split("/").at(-1) ?? ""]
      : named;
    const schema = response?.content[answer.headers.get("Content-Type") ?? ""]?.schema;
    assert.ok(schema, `another type: ${what}`);
    const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/'));
    assert.ok(ajv.validate(absolute, JSON.parse(answer.text)), `${ajv.errorsText()}: ${what}`);
  };
}

Deno.test("the OpenAPI document is clean to spectral's rules", () =>
  onStage(async ({ url }) => {
    const folder = await Deno.makeTempDir({ prefix: "sekisho_openapi_" });
    try {
      await Deno.writeTextFile(`${folder}/openapi.json`, JSON.stringify(await fetchDocument(url)));
      await Deno.writeTextFile(`${folder}/rules.yaml`, "extends: [[spectral:oas, recommended]]\n");
      const args = [
        "--yes",
        SPECTRAL,
        "lint",
        "openapi.json",
        "--ruleset=rules.yaml",
        "--fail-severity=hint",
      ];
      const { code, stdout, stderr } = await new Deno.Command("npx", { args, cwd: folder }).output();
      const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
      assert.equal(code, 0, said);
      assert.match(said, /No results/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }));

Deno.test("every operation of the OpenAPI document answers good and bad requests as documented", () =>
  onStage(async (stage) => {
    const document = await fetchDocument(stage.url);
    const judge = createJudge(document);
    const [token, poor] = [await obtainToken(stage.url, ALL), await obtainToken(stage.url, "product:read")];
    const others = await readWorld(stage, PEOPLE.second_user);
    assert.deepEqual(
      Object.values(document.paths).map(({ post }) => post.operationId).sort(),
      TOOLS.map(({ name }) => name).sort(),
    );
    const statuses = new Map<number, number>();
    for (const [path, { post: operation }] of Object.entries(document.paths)) {
      const tool = TOOLS.find(({ name }) => name === operation.operationId);
      assert.ok(tool);
      const ask = async (bearer: string | null, body: string | null, type = "application/json") => {
        const answer = await send(`${document.servers[0]?.url}${path}`, {
          method: "POST",
          headers: {
            ...(bearer === null ? {} : { Authorization: `Bearer ${bearer}` }),
            ...(body === null ? {} : { "Content-Type": type }),
          },
          body,
        });
        judge(operation, answer);
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        return answer.status;
      };
      const input = JSON.stringify(inputOf(tool, await readWorld(stage, PEOPLE.demo_user)));
      assert.equal(await ask(token, input), 200, tool.name);
      assert.equal(await ask(null, input), 401);
      assert.equal(await ask("not.a.token", input), 401);
      const enough = operation.security[0].oauth.every((scope) => scope === "product:read");
      assert.equal(await ask(poor, "{"), enough ? 400 : 403, tool.name);
      assert.deepEqual(operation.security, [{ oauth: tool.scope === null ? [] : [tool.scope] }, {
        apiKey: [],
      }]);
      assert.equal(await ask(token, "{"), 400);
      assert.equal(await ask(token, "[]"), 400);
      assert.equal(await ask(token, null), operation.requestBody.required ? 400 : 200, tool.name);
      assert.equal(await ask(token, input, "text/plain"), 415);
      assert.equal(await ask(token, `"${"x".repeat(1024 * 1024)}"`), 413);
      if (Object.keys(inputOf(tool, others)).some((name) => name.endsWith("_id"))) {
        const refused = await ask(token, JSON.stringify(inputOf(tool, others)));
        // A list of what belongs to nobody here is an empty list.
        assert.equal(refused, tool.annotations.readOnlyHint && refused === 200 ? 200 : 422, tool.name);
      }
    }
    assert.ok((statuses.get(422) ?? 0) >= 8, JSON.stringify([...statuses]));
  }, { env: { RATE_MCP: "0" } }));

Deno.test("an operation answers 429 as documented when no call is left", () =>
  onStage(async ({ url }) => {
    const document = await fetchDocument(url);
    const judge = createJudge(document);
    const operation = document.paths["/tools/whoami"]?.post;
    assert.ok(operation);
    const token = await obtainToken(url, ALL);
    const ask = () =>
      send(`${url}/mcp/tools/whoami`, { method: "POST", headers: { Authorization: `Bearer ${token}` } });
    const answers = [];
    for (let call = 0; call < 12; call++) answers.push(await ask());
    for (const answer of answers) judge(operation, answer);
    const last = answers.at(-1);
    assert.equal(last?.status, 429);
    assert.match(last.headers.get("Retry-After") ?? "", /^\d+$/);
    assert.equal(answers.filter(({ status }) => status === 200).length, 10);
  }, { env: { RATE_MCP: "10" } }));
