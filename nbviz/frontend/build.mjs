import { readdirSync } from "node:fs";
import { build } from "esbuild";

const views = readdirSync("src", { withFileTypes: true }).filter((entry) => entry.isDirectory());

await build({
  entryPoints: Object.fromEntries(views.map(({ name }) => [name, `src/${name}/index.ts`])),
  outdir: "../static",
  bundle: true,
  format: "esm",
  minify: true,
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  logLevel: "info",
});
