import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import * as syntax from "typescript/unstable/ast";
import { API } from "typescript/unstable/sync";
import { beforeAll, describe, expect, it } from "vitest";

/** What each wing may import of ours, besides itself. `widgets` is the root of that folder; a view is a folder in it. */
const BELOW: Record<string, readonly string[]> = {
  wire: [],
  style: [],
  picture: ["style", "wire"],
  "picture/paint": ["picture", "style"],
  widgets: ["picture", "picture/paint", "style", "wire"],
  "widgets/tiles": ["widgets", "picture", "picture/paint", "style", "wire"],
  view: ["widgets", "picture", "picture/paint", "style", "wire"],
  explorer: ["widgets", "style"],
  page: ["widgets", "style"],
};
const TILE_VIEWS = ["widgets/feature_maps", "widgets/kernel_grid"];

interface Import {
  /** Paths in src, as "picture/scene.ts". */
  from: string;
  to: string;
}

interface House {
  files: string[];
  /** Every one, those of types alone too. */
  imports: Import[];
  /** Names of the browser that pure files speak: "picture/scene.ts: document". */
  browserNames: string[];
}

const SRC = resolve(import.meta.dirname, "../src");
const MOST_LINES = 350;

/** The compiler's own reading of the sources: what is only a type, or stands in a comment, is told apart for certain. */
function readHouse(): House {
  const api = new API({ cwd: dirname(SRC) });
  try {
    const snapshot = api.updateSnapshot({ openProjects: ["tsconfig.json"] });
    const { program, checker } = snapshot.getProjects()[0]!;
    const house: House = { files: [], imports: [], browserNames: [] };
    for (const name of program.getSourceFileNames()) {
      const from = relative(SRC, name).split(sep).join("/");
      if (from.startsWith("..") || from.endsWith(".d.ts")) continue;
      house.files.push(from);
      const identifiers: syntax.Identifier[] = [];
      const visit = (node: syntax.Node): void => {
        const path = importedPath(node);
        if (path?.startsWith(".") && path.endsWith(".ts"))
          house.imports.push({
            from,
            to: relative(SRC, resolve(dirname(name), path))
              .split(sep)
              .join("/"),
          });
        if (syntax.isIdentifier(node)) identifiers.push(node);
        node.forEachChild(visit);
      };
      visit(program.getSourceFile(name)!);
      if (wingOf(from) !== "picture") continue;
      for (const [at, symbol] of checker.getSymbolAtLocation(identifiers).entries()) {
        const homes = symbol?.declarations.map(({ path }) => path) ?? [];
        // TextDecoder and the like are Node's as well as the browser's; a method is of what it is called on.
        if (homes.length > 0 && homes.every((home) => home.includes("/lib.dom")) && !symbol!.getParent())
          house.browserNames.push(`${from}: ${identifiers[at]!.text}`);
      }
    }
    return house;
  } finally {
    api.close();
  }
}

/** The path in any form of import: import, export from, import(), typeof import(). */
function importedPath(node: syntax.Node): string | null {
  const literal = syntax.isImportDeclaration(node)
    ? node.moduleSpecifier
    : syntax.isExportDeclaration(node)
      ? node.moduleSpecifier
      : syntax.isImportTypeNode(node) && syntax.isLiteralTypeNode(node.argument)
        ? node.argument.literal
        : syntax.isCallExpression(node) && node.expression.kind === syntax.SyntaxKind.ImportKeyword
          ? node.arguments[0]
          : undefined;
  return literal && syntax.isStringLiteral(literal) ? literal.text : null;
}

function folderOf(file: string): string {
  return file.split("/").slice(0, 2).join("/");
}

function wingOf(file: string): string {
  const [first, second, third] = file.split("/");
  if (second === undefined) return first!.replace(/\.ts$/, "");
  if (first === "picture") return second === "paint" ? "picture/paint" : "picture";
  if (first !== "widgets") return first!;
  if (third === undefined) return "widgets";
  return second === "tiles" ? "widgets/tiles" : "view";
}

function isAllowed({ from, to }: Import): boolean {
  const [here, there] = [wingOf(from), wingOf(to)];
  if (here === "view" && there === "view") return folderOf(from) === folderOf(to);
  if (here === "view" && there === "widgets/tiles") return TILE_VIEWS.includes(folderOf(from));
  return here === there || (BELOW[here]?.includes(there) ?? false);
}

/** Circles of imports, each as the files along it, found once. */
function circles(imports: readonly Import[]): string[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of imports) next.set(from, [...(next.get(from) ?? []), to]);
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (file: string, way: string[]): void => {
    const at = way.indexOf(file);
    if (at >= 0) found.push([...way.slice(at), file].join(" → "));
    if (at >= 0 || done.has(file)) return;
    for (const to of next.get(file) ?? []) walk(to, [...way, file]);
    done.add(file);
  };
  for (const file of next.keys()) walk(file, []);
  return found;
}

describe("the house of the front end", () => {
  let house: House;
  beforeAll(() => {
    house = readHouse();
  }, 60_000);

  it("is read whole: its files, and imports of types with the others", () => {
    expect(house.files).toContain("widgets/network_diagram/view.ts");
    expect(house.imports).toContainEqual({ from: "picture/scene.ts", to: "picture/captions.ts" });
    expect(house.imports).toContainEqual({ from: "picture/paint/paint_labels.ts", to: "picture/paint/pen.ts" });
    expect(house.files.map(wingOf).filter((wing) => !(wing in BELOW))).toEqual([]);
  });

  it("has no circle: no file imports, over however many others, one that imports it, not even for a type", () => {
    expect(circles(house.imports)).toEqual([]);
  });

  it("imports downwards only, and no view another", () => {
    const upward = house.imports.filter((arrow) => !isAllowed(arrow)).map(({ from, to }) => `${from} → ${to}`);
    expect(upward).toEqual([]);
  });

  it("keeps the browser out of picture/: what is there is arithmetic, and painted elsewhere", () => {
    expect(house.browserNames).toEqual([]);
  });

  it("has no file of more than 350 lines, but for the one that is printed", () => {
    const lines = (file: string) => readFileSync(`${SRC}/${file}`, "utf8").trimEnd().split("\n").length;
    expect(house.files.filter((file) => file !== "wire.ts" && lines(file) > MOST_LINES)).toEqual([]);
  });

  it("is mirrored by its tests: each bears the path of the file it tests", () => {
    const all = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" });
    const tests = all.filter((file) => file.endsWith(".test.ts") && file !== "house.test.ts");
    expect(tests.length).toBeGreaterThan(0);
    expect(tests.filter((file) => !existsSync(`${SRC}/${file.replace(".test.ts", ".ts")}`))).toEqual([]);
  });
});
