/** Blocks that open in the drawing: asking for what is inside, closing again, and seeing what has come of it. */

import { changedGroup, withoutGroup } from "../../picture/groups.ts";
import type { Scene } from "../../picture/scene.ts";
import type { LayerWire, NetworkWire } from "../../wire.ts";
import type { HostedView } from "../hosted_view.ts";
import { GroupHeaders, openingWords } from "./controls/group_headers.ts";
import type { Scrolling } from "./scrolling.ts";
import type { Traits } from "./selection.ts";
import type { Tree } from "./tree.ts";

export class OpenedBlocks {
  readonly headers: GroupHeaders;
  readonly #view: HostedView<Traits>;
  #network: NetworkWire | null = null;
  /** The block that is asked to open. */
  #opening: string | null = null;
  /** What has been opened or closed and is to come into sight. */
  #changed: ReturnType<typeof changedGroup> = {};

  constructor(view: HostedView<Traits>) {
    this.#view = view;
    this.headers = new GroupHeaders((name) => this.#close(name), view.signal);
  }

  /** Asks for the layers of a block; answers whether it can open. */
  open({ name, opens }: LayerWire): boolean {
    // Without a kernel it is selected, as any other; its card says why.
    if (!opens || !this.#view.kernel) return false;
    this.#opening = name;
    this.#view.ask({ opened: [...(this.#view.get("opened") ?? []), name] });
    return true;
  }

  /** What the card of a layer says about opening it; null where it does not open. */
  wordsOf(layer: LayerWire): string | null {
    return openingWords(layer, this.#view.kernel, this.#opening === layer.name);
  }

  /** Another network has come. */
  turnTo(network: NetworkWire): void {
    this.#changed = changedGroup(this.#network, network);
    this.#opening = null;
    this.#network = network;
  }

  /** Frames anew; what has been opened or closed comes into sight, and has the focus where it would be lost. */
  lay(scene: Scene, tree: Tree, scrolling: Scrolling): void {
    const { opened, closed } = this.#changed;
    this.#changed = {};
    const isLost = [this.headers, tree].some(({ element }) => element.contains(document.activeElement));
    this.headers.rebuild(scene.groups);
    const group = scene.groups.find(({ name }) => name === opened);
    const block = closed === undefined ? undefined : scene.placeOf.get(`${closed}/0`);
    const first = group ? scene.places.findIndex(({ layer }) => group.layers.has(layer)) : (block ?? -1);
    if (first < 0) return;
    if (isLost) tree.take(first);
    const { x, half } = scene.places[first]!;
    scrolling.bring(group?.x ?? x - half, group?.width ?? 2 * half);
  }

  #close(name: string): void {
    if (this.#network) this.#view.ask({ opened: withoutGroup(this.#network, name) });
  }
}
