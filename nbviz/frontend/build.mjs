import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { build, transform } from "esbuild";

const STATIC = "../static";
const PAGE = "page";
const views = readdirSync("src/widgets").filter((name) => existsSync(`src/widgets/${name}/index.ts`));

const shared = { bundle: true, minify: true, target: "es2022", charset: "utf8", legalComments: "none" };

// What exported pages carry: the widget manager with the standard widgets, and what it is loaded with.
/** Leaves out widgets of ipywidgets 7, which Python never writes. */
const withoutOldWidgets = {
  name: "without old widgets",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@jupyter-widgets\/(base|controls)7/ }, ({ path }) => ({ path, namespace: "absent" }));
    onLoad({ filter: /.*/, namespace: "absent" }, ({ path }) =>
      path.endsWith(".css") ? { contents: "", loader: "css" } : { contents: "module.exports = {}" },
    );
  },
};

rmSync(STATIC, { recursive: true, force: true }); // files of earlier builds have other names
mkdirSync(`${STATIC}/${PAGE}`, { recursive: true });
const write = (name, text) => writeFileSync(`${STATIC}/${PAGE}/${name}`, text.trim().concat("\n"));

const { metafile } = await build({
  ...shared,
  entryPoints: { runtime: `src/${PAGE}/index.ts` },
  outdir: `${STATIC}/${PAGE}`,
  format: "iife",
  loader: { ".svg": "dataurl" },
  // The libraries inside are ours alone: none may register itself with the page's RequireJS.
  define: { define: "undefined" },
  plugins: [withoutOldWidgets],
  metafile: true,
  logLevel: "warning",
});

await build({ ...shared, entryPoints: { start: `src/${PAGE}/start.ts` }, outdir: `${STATIC}/${PAGE}`, format: "iife" });

const MODULES = "node_modules";
const packages = new Set(["requirejs"]);
for (const output of Object.values(metafile.outputs)) {
  for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) {
    const found = input.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//);
    if (found && bytesInOutput) packages.add(found[1]);
  }
}

const requireJs = readFileSync(`${MODULES}/requirejs/require.js`, "utf8");
write("require.js", (await transform(requireJs, { minify: true, legalComments: "none" })).code);

// Only the solid icons: the other fonts would double the page.
const icons = "@fortawesome/fontawesome-free";
const styles = ["all", "v4-shims"].map((name) => readFileSync(`${MODULES}/${icons}/css/${name}.min.css`, "utf8"));
const font = readFileSync(`${MODULES}/${icons}/webfonts/fa-solid-900.woff2`).toString("base64");
const face = (family, weight) =>
  `@font-face{font-family:"${family}";font-weight:${weight};src:url(data:font/woff2;base64,${font}) format("woff2")}`;
write(
  "icons.css",
  styles.join("\n").replace(/@font-face\s*\{[^}]*\}|\/\*![\s\S]*?\*\//g, "") + face("Font Awesome 5 Free", 900),
);

/** The licences of packages, each text once, under the packages it holds for. */
function licences(names) {
  const held = new Map();
  for (const name of [...names].sort()) {
    const folder = `${MODULES}/${name}`;
    const about = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
    const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying)/i.test(file));
    const author = typeof about.author === "string" ? about.author : about.author?.name;
    const text = files.length
      ? files.map((file) => readFileSync(`${folder}/${file}`, "utf8").trim()).join("\n\n")
      : `${about.license}; ${author ?? "see the package's home page"}`;
    held.set(text, [...(held.get(text) ?? []), `${name} ${about.version} (${about.license})`]);
  }
  const line = "-".repeat(80);
  return [...held].map(([text, of]) => `${line}\n${of.join("\n")}\n\n${text.replaceAll("\r", "")}`).join("\n\n");
}

write("runtime.licences.txt", licences(packages));
write("icons.licences.txt", licences([icons]));

await build({ ...shared, entryPoints: { loader: `src/${PAGE}/loader.ts` }, outdir: STATIC, format: "esm" });

// What several views have in common is a file of its own: a page holds it once.
const { metafile: code } = await build({
  ...shared,
  entryPoints: {
    explorer: "src/explorer/index.ts",
    ...Object.fromEntries(views.map((name) => [name, `src/widgets/${name}/index.ts`])),
  },
  outdir: STATIC,
  format: "esm",
  splitting: true,
  chunkNames: "shared-[hash]",
  metafile: true,
  logLevel: "info",
});

/** File -> its style sheet, null without one, and the files that it imports. */
const files = {};
for (const [path, { imports, cssBundle }] of Object.entries(code.outputs)) {
  if (!path.endsWith(".js")) continue;
  files[basename(path)] = {
    style: cssBundle ? basename(cssBundle) : null,
    imports: imports.map((imported) => basename(imported.path)),
  };
}
writeFileSync(`${STATIC}/code.json`, JSON.stringify(files));
