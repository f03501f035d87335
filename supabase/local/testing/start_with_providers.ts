/**
 * The product as `deno task start` starts it, with providers on this computer in place of Google and LINE: for tests.
 * Arguments: the issuer of each, or `-`.
 */
import { readLocalSettings } from "../local_settings.ts";
import { startProduct } from "../product.ts";

const [google = "-", line = "-"] = Deno.args;
const settings = await readLocalSettings(Deno.env.toObject());
const product = await startProduct(settings, () => {}, undefined, {
  ...(google === "-" ? {} : { googleIssuer: google }),
  ...(line === "-" ? {} : {
    line: {
      issuer: line,
      authorization: `${line}/authorize`,
      token: `${line}/token`,
      userinfo: `${line}/userinfo`,
    },
  }),
});
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => void product.stop().then(() => Deno.exit(0)));
}
// deno-lint-ignore no-console
console.log(`Sekisho ready  ${settings.publicUrl}`);
