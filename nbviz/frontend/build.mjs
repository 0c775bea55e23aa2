import { readFile } from "node:fs/promises";
import { build } from "esbuild";

// Properties of our own objects, which a page never sees: short names keep the bundle small.
const OURS = `places placeOf strips lanes captions scene moment header network edges nodes room half tall lines
  scales facts terms factors formula keyboard hover place edge strip cell inputNames outputNames comfortable readable
  activations sampleName ringed marked hovered focused logits shapes aside chip`.split(/\s+/);

const wire = await readFile("src/wire.ts", "utf8");
const shared = OURS.filter((name) => new RegExp(`^ +${name}:`, "m").test(wire));
if (shared.length > 0) throw new Error(`Expected names that are not on the wire. Received ${shared.join(", ")}.`);

await build({
  entryPoints: { network_view: "src/network_view/index.ts" },
  outdir: "../static",
  bundle: true,
  format: "esm",
  minify: true,
  mangleProps: new RegExp(`^(${OURS.join("|")})$`),
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  logLevel: "info",
});
