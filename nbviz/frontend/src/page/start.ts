/** The first script of an exported page: unpacks the styles and scripts of all else, and runs them in their order. */

import { CODE, fail, parts } from "./parts.ts";
import { unpackJson } from "./unpack.ts";

interface Packed {
  styles: string;
  scripts: string[];
}

function run(script: string): Promise<unknown> {
  const element = document.createElement("script");
  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript;charset=utf-8" }));
  return new Promise((done, failed) => {
    element.addEventListener("load", done);
    element.addEventListener("error", () => failed(new Error("this browser refuses to run its code")));
    element.src = address;
    document.head.append(element);
  }).finally(() => URL.revokeObjectURL(address));
}

async function start(): Promise<void> {
  for (const { text } of parts(CODE)) {
    const { styles, scripts } = await unpackJson<Packed>(text);
    const style = document.createElement("style");
    style.textContent = styles;
    document.head.append(style);
    for (const script of scripts) await run(script);
  }
}

start().catch(fail);
