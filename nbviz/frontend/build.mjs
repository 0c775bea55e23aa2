import { build } from "esbuild";

await build({
  entryPoints: { network_view: "src/network_view/index.ts" },
  outdir: "../static",
  bundle: true,
  format: "esm",
  minify: true,
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  logLevel: "info",
});
