/** The module that every widget of ours has in common: it finds the code of the widget's view, which a page holds once
 * however many widgets it shows, and hands over to it. */

import type { AnyModel } from "@anywidget/types";
import { bindAgain } from "../widgets/whole_model.ts";
import { addStyle, type Cleanup, type Context, held, type Loaded, type View } from "./held.ts";
import { patience } from "./patience.ts";
import { unpackText } from "./unpack.ts";

/** A built file: a `CodeFile` model in the page, or what the kernel sends. Source and style are packed. */
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

const REFERENCE = "IPY_MODEL_";
const AGAIN = 50; // ms until a file is looked up again that a page has not read yet; then twice as long, at most
const AT_MOST = 2000;

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
function codeOf(model: AnyModel): Promise<Code> {
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
    const look = async (wait: number) => {
      if (isFound) return;
      try {
        found(await codeInPage(model));
      } catch {
        if (!isAsked) ask();
        setTimeout(look, wait, Math.min(2 * wait, AT_MOST));
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
    look(AGAIN);
  });
}

/** Where a file can be imported from; the same for all widgets whose code it is. */
function addressOf({ entry, files }: Code): Promise<string> {
  const { source } = files[entry]!;
  const { addresses } = held();
  const known = addresses.get(source) ?? newAddress({ entry, files });
  addresses.set(source, known);
  Promise.resolve(known).catch(() => addresses.delete(source));
  return known;
}

async function newAddress({ entry, files }: Code): Promise<string> {
  const { source, imports } = files[entry]!;
  let resolved = await unpackText(source);
  for (const [specifier, file] of Object.entries(imports)) {
    resolved = resolved.replaceAll(`"${specifier}"`, `"${await addressOf({ entry: file, files })}"`);
  }
  return URL.createObjectURL(new Blob([resolved], { type: "text/javascript" }));
}

async function load(model: AnyModel): Promise<Loaded> {
  const code = await codeOf(model);
  const { style } = code.files[code.entry]!;
  const module = (await import(await addressOf(code))) as { default: View };
  return { view: module.default, style: await unpackText(style) };
}

/** One promise for all widgets of a kind: they are laid out in one go, as if each had its code at hand. */
function loaded(model: AnyModel): Promise<Loaded> {
  const { views } = held();
  const reference = model.get("_code") as string;
  const known = views.get(reference) ?? load(model);
  views.set(reference, known);
  return known;
}

/** Begins anew for all widgets of a kind: the kernel is asked once more. */
function forget(model: AnyModel): void {
  held().views.delete(model.get("_code") as string);
}

export default {
  /** Nobody waits for it: a front end gives a widget's module little time to be ready. */
  initialize(context: Context): () => void {
    let isOver = false;
    let clean: Cleanup;
    bindAgain(context.model).then(
      // What the views had asked has gone unheard.
      (wasLost) => wasLost && context.model.send({ type: "hello" }),
    );
    loaded(context.model).then(
      ({ view, style }) => {
        if (isOver) return;
        if (view.initialize) addStyle(document, style);
        clean = view.initialize?.(context);
      },
      (error: unknown) => console.error(error),
    );
    return () => {
      isOver = true;
      clean?.();
    };
  },

  async render(context: Context): Promise<Cleanup> {
    const { model, el, signal } = context;
    const again = () => {
      forget(model);
      bindAgain(model);
    };
    const { view, style } = await patience(el, signal, () => loaded(model), again);
    const root = context.el.getRootNode();
    addStyle(root instanceof ShadowRoot ? root : document, style);
    return view.render(context);
  },
};
