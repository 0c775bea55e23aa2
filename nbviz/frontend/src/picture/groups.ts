/** Blocks that open: how one tells that it does, and the frame round the layers drawn in the place of an opened one. */

import { css } from "../style/colour.ts";
import { max, min } from "../style/math.ts";
import { plural } from "../style/numbers.ts";
import { CAPTION_LINE } from "../style/type_scale.ts";
import { icon, isEnabled, listen, make, setEnabled } from "../widgets/html.ts";
import { NEEDS_KERNEL } from "../widgets/network_diagram/toolbar.ts";
import type { LayerWire, NetworkWire } from "../wire.ts";
import type { Captions } from "./captions.ts";
import { NODE } from "./looks.ts";
import type { Pen } from "./paint/pen.ts";
import type { Place, Strip } from "./places.ts";
import type { Lane } from "./routes.ts";

export interface Group {
  name: string;
  /** The name without those of the models around it. */
  label: string;
  /** Indices of the layers inside, those of groups inside it included. */
  layers: ReadonlySet<number>;
  /** px. */
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What a group is framed by. */
interface Drawn {
  network: NetworkWire;
  places: readonly Place[];
  strips: readonly Strip[];
  lanes: ReadonlyMap<number, Lane>;
  captions: Pick<Captions, "lines">;
}

const AIR = 10;
/** px by which a frame stands outside of the one inside it. */
const STEP = 6;
export const HEADER = 20;
const CAPTION_AIR = 5;
const LANE_AIR = 8;
const LANE_REACH = 30;
const CHEVRON = 3;

/** Opened blocks with their frames, outer ones first. */
export function groupsOf(drawn: Drawn): Group[] {
  const { opened, layers } = drawn.network;
  const around = new Map(opened.map(({ name, inside }) => [name, inside]));
  const levels = new Map<string, number>();
  const members = new Map<string, Set<number>>(opened.map(({ name }) => [name, new Set()]));
  for (const [index, layer] of layers.entries()) {
    for (let name = layer.inside; name !== null; name = around.get(name) ?? null) members.get(name)?.add(index);
  }
  for (const { name, inside } of [...opened].reverse()) {
    if (inside !== null) levels.set(inside, max(levels.get(inside) ?? 0, (levels.get(name) ?? 0) + 1));
  }
  return opened
    .filter(({ name }) => members.get(name)!.size > 0)
    .map(({ name, inside }) => {
      const own = members.get(name)!;
      return { name, label: nameInside(name, inside), layers: own, ...frame(drawn, own, levels.get(name) ?? 0) };
    });
}

/** A name without what its frame, or the model that it is part of, says already. */
export function nameInside(name: string, inside: string | null): string {
  const rest = inside !== null && name.startsWith(inside) ? name.slice(inside.length) : "";
  const own = /^[/_.\- ]/.test(rest) ? rest.slice(1) : "";
  return own || name.slice(name.lastIndexOf("/") + 1);
}

function frame({ network, places, strips, lanes, captions }: Drawn, layers: ReadonlySet<number>, level: number) {
  let [left, top, right, bottom] = [1e9, 1e9, -1e9, -1e9];
  const take = (x0: number, y0: number, x1: number, y1: number) => {
    left = min(left, x0);
    top = min(top, y0);
    right = max(right, x1);
    bottom = max(bottom, y1);
  };
  for (const { layer, x, y, half, tall } of places)
    if (layers.has(layer)) take(x - half - AIR, y - tall - AIR, x + half + AIR, y + tall + AIR);
  for (const { layer, x, y, width, height } of strips)
    if (layers.has(layer)) take(x - AIR, y - AIR, x + width + AIR, y + height + AIR);
  for (const [index, { source, target }] of network.connections.entries()) {
    const lane = lanes.get(index);
    // One that comes from outside passes the layers inside as well.
    if (
      lane &&
      (layers.has(source) || layers.has(target)) &&
      lane.enter > left - LANE_REACH &&
      lane.leave < right + LANE_REACH
    )
      take(left, lane.y - LANE_AIR, right, lane.y + LANE_AIR);
  }
  for (const { layer, x, y, width } of captions.lines)
    if (layers.has(layer))
      take(x - width / 2 - CAPTION_AIR, y, x + width / 2 + CAPTION_AIR, y + CAPTION_LINE + CAPTION_AIR);
  const wide = level * STEP;
  // The headers of the groups inside stand under this one's own.
  const high = HEADER * (level + 1) + wide;
  return { x: left - wide, y: top - high, width: right - left + 2 * wide, height: bottom - top + high + wide };
}

/** The frames, under all else. */
export function paintGroups(pen: Pen): void {
  const { context, scene, theme } = pen;
  for (const { x, y, width, height } of scene.groups) {
    pen.rounded(x + 0.5, y + 0.5, width - 1, height - 1, 6);
    context.strokeStyle = css(theme.lineStrong);
    context.lineWidth = 1;
    context.stroke();
  }
}

/** Their names, where there are no headers: in an image. */
export function paintGroupNames(pen: Pen): void {
  const { fonts, groups } = pen.scene;
  for (const { label, x, y, width } of groups)
    pen.name(label, x + AIR, y + HEADER / 2 + 2, width - 2 * AIR, fonts.smallStrong, pen.theme.ink2, "left");
}

/** A mark on each block that opens. */
export function paintChevrons({ context, scene, theme, nodes }: Pen): void {
  context.save();
  context.strokeStyle = css(theme.ink3);
  context.lineWidth = 1.5;
  context.lineCap = "round";
  context.lineJoin = "round";
  for (const [index, { layer, half }] of scene.places.entries()) {
    if (!scene.layers[layer]!.opens) continue;
    const x = nodes[index * NODE.stride + NODE.x]! + half - CHEVRON - 3.5;
    const y = nodes[index * NODE.stride + NODE.y]!;
    context.globalAlpha = nodes[index * NODE.stride + NODE.alpha]!;
    context.beginPath();
    context.moveTo(x, y - CHEVRON);
    context.lineTo(x + CHEVRON, y);
    context.lineTo(x, y + CHEVRON);
    context.stroke();
  }
  context.restore();
}

/** What the card of a block says about opening it; null where it does not open. */
export function openingWords({ opens, members }: LayerWire, kernel: boolean, waiting: boolean): string | null {
  if (!opens) return null;
  if (waiting) return "opening…";
  const inside = plural(members.length, "layer");
  return kernel ? `click to open: ${inside}` : `${inside} inside: opening ${NEEDS_KERNEL}`;
}

/** What was opened or closed between two pictures of a network. */
export function changedGroup(before: NetworkWire | null, after: NetworkWire): { opened?: string; closed?: string } {
  const names = (network: NetworkWire | null) => network?.opened.map(({ name }) => name) ?? [];
  const [old, now] = [names(before), names(after)];
  const opened = now.find((name) => !old.includes(name));
  const closed = old.find((name) => !now.includes(name));
  return before === null
    ? {}
    : { ...(opened === undefined ? {} : { opened }), ...(closed === undefined ? {} : { closed }) };
}

/** What stays open when a block is closed: what is inside it closes too. */
export function withoutGroup({ opened }: NetworkWire, closing: string): string[] {
  const closed = new Set([closing]);
  // Outer ones come first.
  for (const { name, inside } of opened) if (inside !== null && closed.has(inside)) closed.add(name);
  return opened.map(({ name }) => name).filter((name) => !closed.has(name));
}

/** The names of opened blocks, each with a button that closes it; they stay in sight as far as their frame goes. */
export class Headers {
  readonly element = make("div");
  readonly #close: (name: string) => void;
  readonly #signal: AbortSignal;

  constructor(close: (name: string) => void, signal: AbortSignal) {
    this.#close = close;
    this.#signal = signal;
  }

  rebuild(groups: readonly Group[]): void {
    this.element.replaceChildren(...groups.map((group) => this.#header(group)));
  }

  #header({ name, label, x, y, width }: Group): HTMLElement {
    const attributes = { type: "button", part: "close-group", "aria-label": `Close ${label}` };
    const button = make("button", attributes, icon("clear"));
    button.dataset.title = `close ${label}`;
    listen(button, this.#signal, "click", () => isEnabled(button) && this.#close(name));
    const text = make("span", { part: "group-name", dir: "auto", title: name }, label);
    const header = make("div", { part: "group-header" }, make("div", {}, text, button));
    Object.assign(header.style, { left: `${x}px`, top: `${y + 2}px`, width: `${width}px`, height: `${HEADER}px` });
    return header;
  }

  enable(kernel: boolean): void {
    for (const button of this.element.querySelectorAll("button"))
      setEnabled(button, kernel, button.dataset.title!, NEEDS_KERNEL);
  }
}
