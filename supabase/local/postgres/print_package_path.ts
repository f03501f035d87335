// Run as a child process by find_package.ts: prints the folder of an npm package. It must never import anything
// of the repository, so that it starts without node_modules.
const specifier = Deno.args[0] ?? "";
const { postgres } = await import(specifier) as { postgres: string };
await Deno.stdout.write(new TextEncoder().encode(postgres));
