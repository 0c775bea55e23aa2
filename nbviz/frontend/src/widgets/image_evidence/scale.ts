/** What the colours of sequences and tokens mean: from against, over nothing, to for. */

import { make } from "../html.ts";
import { type Evidence, twoDecimals } from "./evidence.ts";

export function evidenceScale({ wire, things }: Evidence, scale: number): HTMLElement[] {
  const [against, towards] = wire.has_classes ? ["against", "for"] : ["lowers", "raises"];
  const one = things.slice(0, -1);
  return [
    make("span", {}, `${against} ${twoDecimals(-scale)}`),
    make("i", { part: "evidence-ramp", "aria-hidden": "true" }),
    make("span", {}, `${twoDecimals(scale)} ${towards}`),
    make("span", { part: "evidence-unit" }, `what a ${one} brings to the ${wire.end_name}`),
  ];
}
