/** The file of sign-ins: kept apart by key, readable by its owner only, replaced as a whole, set aside when broken. */
import assert from "node:assert/strict";
import { ClientError } from "./client_error.ts";
import { type SignInKey, TokenFile, tokenFilePath } from "./token_file.ts";

const KEY: SignInKey = { issuer: "https://as.example", mcpUrl: "https://a.example/mcp", preRegistered: null };
const TOKENS = { access_token: "a", token_type: "bearer", refresh_token: "r", issuer: KEY.issuer };

async function withFile(act: (file: TokenFile, warnings: string[]) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sekisho_client_" });
  const warnings: string[] = [];
  try {
    await act(new TokenFile(`${folder}/new/client.json`, (line) => warnings.push(line)), warnings);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("tokenFilePath follows XDG_CONFIG_HOME unless it is relative", () => {
  assert.equal(tokenFilePath({ XDG_CONFIG_HOME: "/x", HOME: "/h" }), "/x/sekisho/client.json");
  assert.equal(tokenFilePath({ XDG_CONFIG_HOME: "x", HOME: "/h" }), "/h/.config/sekisho/client.json");
  assert.equal(tokenFilePath({ XDG_CONFIG_HOME: "", HOME: "/h" }), "/h/.config/sekisho/client.json");
});

Deno.test("TokenFile keeps sign-ins apart by issuer, MCP URL and pre-registered client", () =>
  withFile((file) => {
    assert.deepEqual(file.find(KEY), {});
    file.update(KEY, { tokens: TOKENS });
    for (
      const other of [
        { ...KEY, issuer: "https://other.example" },
        { ...KEY, mcpUrl: "https://a.example/other" },
        { ...KEY, preRegistered: "client" },
      ]
    ) {
      assert.equal(file.find(other).tokens, undefined);
      file.update(other, { tokens: { ...TOKENS, access_token: JSON.stringify(other) } });
    }
    assert.deepEqual(file.find(KEY).tokens, TOKENS);
  }));

Deno.test("TokenFile.update changes what is given and keeps the rest", () =>
  withFile((file) => {
    file.update(KEY, { registration: { client_id: "c", more: 1 } });
    file.update(KEY, { tokens: TOKENS });
    assert.deepEqual(file.find(KEY).registration, { client_id: "c", more: 1 });
    file.update(KEY, { tokens: undefined });
    assert.equal(file.find(KEY).tokens, undefined);
    assert.deepEqual(file.find(KEY).registration, { client_id: "c", more: 1 });
  }));

Deno.test("TokenFile.findLatest answers what was saved last for an MCP URL", () =>
  withFile((file) => {
    const other = { ...KEY, issuer: "https://other.example" };
    assert.equal(file.findLatest(KEY), null);
    file.update(other, { tokens: TOKENS });
    file.update(KEY, { tokens: TOKENS });
    assert.equal(file.findLatest(KEY)?.issuer, KEY.issuer);
    file.update(other, { tokens: TOKENS });
    assert.equal(file.findLatest(KEY)?.issuer, other.issuer);
  }));

Deno.test({
  name: "TokenFile is readable by its owner only, from its first byte, and leaves nothing beside it",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFile((file) => {
      file.update(KEY, { tokens: TOKENS });
      Deno.chmodSync(file.path, 0o644);
      file.update(KEY, { tokens: TOKENS });
      assert.equal(Deno.statSync(file.path).mode! & 0o777, 0o600);
      const folder = file.path.slice(0, file.path.lastIndexOf("/"));
      assert.equal(Deno.statSync(folder).mode! & 0o777, 0o700);
      const names = [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
      assert.deepEqual(names, ["client.json", "client.json.lock"]);
    }),
});

Deno.test("TokenFile sets a file aside that it does not understand, and says so once", () =>
  withFile((file, warnings) => {
    file.update(KEY, { tokens: TOKENS });
    for (const text of ["", "{ half", "[]", '{"version":2,"sign_ins":[]}', '{"version":1,"sign_ins":[{}]}']) {
      Deno.writeTextFileSync(file.path, text);
      assert.deepEqual(file.find(KEY), {}, text);
      assert.deepEqual(file.find(KEY), {}, text);
      assert.equal(Deno.readTextFileSync(`${file.path}.broken`), text);
      assert.equal(warnings.length, 1);
      assert.ok(!warnings.pop()!.includes("half"));
    }
    file.update(KEY, { tokens: TOKENS });
    assert.deepEqual(file.find(KEY).tokens, TOKENS);
  }));

Deno.test("TokenFile says where the trouble is when it cannot be read", () =>
  withFile((file) => {
    Deno.mkdirSync(file.path, { recursive: true });
    assert.throws(() => file.find(KEY), (error) =>
      error instanceof ClientError && error.message.includes(file.path));
  }));
