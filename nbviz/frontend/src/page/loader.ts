/** The module that every widget of ours has in common: it finds the code of the widget's view, which a page holds once
 * however many widgets it shows, and hands over to it. */

import type { AnyModel } from "@anywidget/types";

/** A built file: a trait of a `CodeFile` model in the page, or what the kernel sends. */
interface CodeFile {
  source: string;
  style: string;
  /** What the source imports -> the file that this is. */
  imports: Record<string, string>;
}

interface Code {
  entry: string;
  files: Record<string, CodeFile>;
}

interface Context {
  model: AnyModel;
  el: HTMLElement;
  signal: AbortSignal;
}

type Cleanup = (() => void) | undefined;

interface View {
  initialize?(context: Context): Cleanup;
  render(context: Context): Cleanup;
}

/** What a page holds, whichever widgets came first: source -> its address, and the styles that a root has. */
interface Held {
  addresses: Map<string, string>;
  styles: WeakMap<Node, Set<string>>;
}

const REFERENCE = "IPY_MODEL_";
const PAGE = Symbol.for("nbviz/code");
const AGAIN = 100; // ms until a file is looked up again that a page has not read yet

function held(): Held {
  const global = globalThis as { [PAGE]?: Held };
  global[PAGE] ??= { addresses: new Map(), styles: new WeakMap() };
  return global[PAGE];
}

/** The files that the page holds; rejects where one of them is not there. */
async function codeInPage(model: AnyModel): Promise<Code> {
  const files: Record<string, CodeFile> = {};
  const read = async (reference: string): Promise<void> => {
    if (reference in files) return;
    const found = await model.widget_manager.get_model<CodeFile & Record<string, unknown>>(
      reference.slice(REFERENCE.length),
    );
    const file = { source: found.get("source"), style: found.get("style"), imports: found.get("imports") };
    files[reference] = file;
    await Promise.all(Object.values(file.imports).map(read));
  };
  const entry = model.get("_code") as string;
  await read(entry);
  return { entry, files };
}

/** Looks into the page, and asks the kernel where that has not got it: a front end may show widgets one by one. */
function codeOf(model: AnyModel, signal: AbortSignal): Promise<Code> {
  return new Promise((resolve) => {
    let isFound = false;
    let isAsked = false;
    const found = (code: Code) => {
      isFound = true;
      model.off("msg:custom", answered);
      resolve(code);
    };
    const answered = (message: ({ type?: string } & Partial<Code>) | null) => {
      if (message?.type === "code" && message.files) found(message as Code);
    };
    const look = async () => {
      if (isFound || signal.aborted) return;
      try {
        found(await codeInPage(model));
      } catch {
        if (!isAsked) ask();
        setTimeout(look, AGAIN);
      }
    };
    const ask = () => {
      isAsked = true;
      try {
        model.send({ type: "code" });
      } catch {
        // A saved page has no kernel; its files are on their way.
      }
    };
    model.on("msg:custom", answered);
    signal.addEventListener("abort", () => model.off("msg:custom", answered));
    look();
  });
}

/** Where a file can be imported from; the same for all widgets whose code it is. */
function addressOf({ entry, files }: Code): string {
  const { source, imports } = files[entry]!;
  const { addresses } = held();
  const known = addresses.get(source);
  if (known) return known;
  let resolved = source;
  for (const [specifier, file] of Object.entries(imports)) {
    resolved = resolved.replaceAll(`"${specifier}"`, `"${addressOf({ entry: file, files })}"`);
  }
  const address = URL.createObjectURL(new Blob([resolved], { type: "text/javascript" }));
  addresses.set(source, address);
  return address;
}

/** Gives a page, or a part of it that is closed to the page's styles, those of a view. */
function addStyle(root: Node, text: string): void {
  const { styles } = held();
  const known = styles.get(root) ?? new Set();
  styles.set(root, known);
  if (!text || known.has(text)) return;
  known.add(text);
  const style = document.createElement("style");
  style.textContent = text;
  (root === document ? document.head : root).appendChild(style);
}

async function viewOf(model: AnyModel, signal: AbortSignal, element?: HTMLElement): Promise<View> {
  const code = await codeOf(model, signal);
  const root = element?.getRootNode();
  addStyle(root instanceof ShadowRoot ? root : document, code.files[code.entry]!.style);
  const module = (await import(addressOf(code))) as { default: View };
  return module.default;
}

/** Hands over once the view is there; what it starts ends with `signal`, or with the function that is returned. */
function handOver(context: Context, start: (view: View) => Cleanup): () => void {
  const stop = new AbortController();
  let clean: Cleanup;
  viewOf(context.model, stop.signal, context.el).then(
    (view) => {
      if (!stop.signal.aborted) clean = start(view);
    },
    (error: unknown) => console.error(error),
  );
  return () => {
    stop.abort();
    clean?.();
  };
}

export default {
  // Nobody waits for it: a front end gives a widget's module little time to be ready.
  initialize: (context: Context) => handOver(context, (view) => view.initialize?.(context)),
  async render(context: Context) {
    const view = await viewOf(context.model, context.signal ?? new AbortController().signal, context.el);
    return view.render(context);
  },
};
