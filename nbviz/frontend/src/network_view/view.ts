/** One view of a NetworkDiagram: joins the model's traits, the controls and the drawing. */

import type { AnyModel } from "@anywidget/types";
import { pageClock } from "../clock.ts";
import { canvasMeasure } from "../text.ts";
import { applyTheme, readTheme, type Theme, watchTheme } from "../theme.ts";
import type { BadgeWire, EdgeMeaning, NetworkWire } from "../wire.ts";
import { Badges } from "./badges.ts";
import { Card, findRoom } from "./card.ts";
import { cardFor } from "./card_content.ts";
import { countDrawn, showsActivation } from "./edges.ts";
import { sameTarget, type Target } from "./focus.ts";
import { decodeFrame, type Moment } from "./frame.ts";
import { make } from "./html.ts";
import { isEnabled, setEnabled } from "./html.ts";
import { pick } from "./picking.ts";
import { buildScene, placeOfUnit, type Scene } from "./scene.ts";
import { fillPlaces, findUnit, type Unit } from "./shown.ts";
import { DURATION, Stage } from "./stage.ts";
import { drawnWords, momentWords, selectedWords, Status, summary } from "./status.ts";
import { downloadPng } from "./surface.ts";
import { NEEDS_KERNEL, Toolbar } from "./toolbar.ts";
import { Tree } from "./tree.ts";
import { fontsOf } from "./type.ts";

/** The traits of the widget, by the names Python gives them. */
export interface Traits {
  network: NetworkWire | Record<string, never>;
  frame: DataView;
  height: number;
  selected_unit: number | null;
  selected_class: number | null;
  selected_sample: number | null;
  edge_meaning: EdgeMeaning;
}

const CARD_DELAY = 80;
const NARROW = 700;
const SPOKEN_EVERY = 1200;

export class NetworkView {
  private readonly measure = canvasMeasure();
  private readonly clock = pageClock();
  private readonly root = make("div", { class: "nbviz-network", "data-lm-suppress-shortcuts": "true" });
  private readonly stage = new Stage(this.measure);
  private readonly card = new Card();
  private readonly status = new Status();
  private readonly live = make("div", { class: "nbviz-live", "aria-live": "polite" });
  private readonly empty = make("div", { class: "nbviz-empty" }, "Waiting for the network.");
  private readonly toolbar: Toolbar;
  private readonly badges: Badges;
  private readonly tree: Tree;
  private readonly rankButtons = make("div");
  private readonly still = matchMedia("(prefers-reduced-motion: reduce)");

  private network: NetworkWire | null = null;
  private moment: Moment | null = null;
  private scene: Scene | null = null;
  private theme: Theme;
  private pulled: Unit[] = [];
  private hover: Target | null = null;
  private pointer: readonly [number, number] | null = null;
  private keyboard: number | null = null;
  private badge: BadgeWire | null = null;
  private cardDue = 0;
  private kernel = false;
  private visible = true;
  private width = 0;
  private arrived = true;
  private reshape = true;
  private duration: number | null = null;
  private lastFrame = 0;
  private lastSpoken = 0;
  private error: string | null = null;

  constructor(
    private readonly model: AnyModel<Traits & Record<string, unknown>>,
    element: HTMLElement,
    private readonly signal: AbortSignal,
  ) {
    this.toolbar = new Toolbar(
      {
        setMeaning: (meaning) => this.save({ edge_meaning: meaning }),
        setSample: (sample) => this.save({ selected_sample: sample }),
        download: () => this.download(),
      },
      signal,
    );
    this.badges = new Badges((badge) => {
      this.badge = badge;
      this.look(DURATION.hover);
    }, signal);
    this.tree = new Tree(
      {
        focus: (place) => {
          this.keyboard = place;
          this.delayCard();
          if (place !== null) this.reveal(place);
          this.look(DURATION.hover);
        },
        select: (place) => this.select(place),
        clear: () => this.clear(),
      },
      signal,
    );
    this.stage.sheet.append(this.tree.element, this.rankButtons);
    const { root } = this;
    root.append(this.toolbar.element, this.empty, this.stage.element, this.badges.element, this.status.element);
    root.append(this.card.element, this.live);
    element.append(root);
    this.theme = readTheme(root);
    applyTheme(root, this.theme);
    this.listen();
    this.request();
  }

  private listen(): void {
    const { model, signal, root, stage } = this;
    const on = (event: string, handler: (...given: never[]) => void) => {
      model.on(event as "msg:custom", handler as never);
      signal.addEventListener("abort", () => model.off(event as "msg:custom", handler as never));
    };
    const arrived = () => {
      this.arrived = true;
      this.request();
    };
    on("change:network", arrived);
    on("change:frame", arrived);
    on("change:selected_unit", () => this.selectionChanged());
    on("change:selected_class", () => this.look(DURATION.selection));
    on("change:selected_sample", () => this.look(null));
    on("change:edge_meaning", () => this.look(DURATION.values));
    on("msg:custom", (message: { type?: string } | null) => {
      if (message?.type !== "alive") return;
      this.kernel = true;
      this.look(null);
    });
    this.send("hello");

    const resized = new ResizeObserver(() => {
      if (Math.abs(stage.element.clientWidth - this.width) < 1) return;
      this.reshape = true;
      this.duration = DURATION.none;
      this.request();
    });
    resized.observe(stage.element);
    resized.observe(root);
    const seen = new IntersectionObserver((entries) => {
      this.visible = entries.some((entry) => entry.isIntersecting);
      if (this.visible) this.look(DURATION.none);
    });
    seen.observe(root);
    signal.addEventListener("abort", () => {
      resized.disconnect();
      seen.disconnect();
      this.clock.cancel(this.tick);
      root.remove();
    });
    watchTheme(() => this.restyle(), signal);
    this.watchResolution();
    document.fonts?.ready.then(() => !signal.aborted && this.restyle());
    this.still.addEventListener("change", () => this.look(DURATION.none), { signal });

    const { canvas } = stage;
    canvas.addEventListener("pointermove", (event) => this.pointAt(event.offsetX, event.offsetY), { signal });
    canvas.addEventListener("pointerleave", () => this.pointAt(null, null), { signal });
    canvas.addEventListener("click", (event) => this.click(event.offsetX, event.offsetY), { signal });
    stage.element.addEventListener("scroll", () => this.pointAt(null, null), { signal, passive: true });
    root.addEventListener(
      "keydown",
      (event) => {
        if (event.key !== "Escape" || this.selection() === null) return;
        this.clear();
        event.stopPropagation();
      },
      { signal },
    );
  }

  private watchResolution(): void {
    const changed = () => {
      if (this.signal.aborted) return;
      this.look(DURATION.none);
      this.watchResolution();
    };
    matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener("change", changed, { once: true, signal: this.signal });
  }

  private restyle(): void {
    this.theme = readTheme(this.root);
    applyTheme(this.root, this.theme);
    this.reshape = true;
    this.duration = DURATION.none;
    this.request();
  }

  private send(type: "hello" | "rank"): void {
    try {
      this.model.send({ type });
    } catch {
      // A saved page has no kernel to talk to; everything else works.
    }
  }

  private save(values: Partial<Traits>): void {
    for (const [name, value] of Object.entries(values)) this.model.set(name, value);
    try {
      this.model.save_changes();
    } catch {
      // The view's own model has changed; nobody else is there to hear of it.
    }
  }

  private request(): void {
    this.clock.request(this.tick);
  }

  /** Something about the picture has changed; `duration` null keeps the pace of what is under way. */
  private look(duration: number | null): void {
    if (duration !== null) this.duration = Math.max(duration, this.duration ?? 0);
    this.duration ??= DURATION.none;
    this.request();
  }

  private readonly tick = (now: number): boolean => {
    if (!this.visible && this.scene) return false;
    try {
      if (this.arrived) this.receive(now);
      if (this.reshape) this.rebuild();
      if (this.duration !== null) this.redraw(now);
      const more = this.stage.paint(now, this.still.matches);
      return this.placeCard(now) || more;
    } catch (error) {
      this.fail(error);
      return false;
    }
  };

  private fail(error: unknown): void {
    console.error(error);
    this.error = `This picture could not be drawn, the last good one stays: ${error instanceof Error ? error.message : error}`;
    this.arrived = false;
    this.reshape = false;
    this.duration = null;
    this.status.update([this.error], [""], "error");
  }

  private receive(now: number): void {
    this.arrived = false;
    const network = this.model.get("network") as NetworkWire;
    if (!network?.layers) return;
    const moment = decodeFrame(this.model.get("frame"), network);
    if (!moment) return;
    this.error = null;
    const training = moment.header.training && this.moment?.header.training;
    const interval = now - this.lastFrame;
    this.lastFrame = now;
    let duration: number = training ? Math.min(DURATION.values, interval) : DURATION.values;
    if (network.version !== this.network?.version) {
      duration = this.network ? DURATION.refold : DURATION.none;
      this.network = network;
      this.pulled = [];
      this.pull();
      this.reshape = true;
    }
    this.moment = moment;
    this.duration = Math.max(duration, this.duration ?? 0);
  }

  /** Keeps a selected unit that is not shown for the next scene. */
  private pull(): void {
    const unit = this.network && findUnit(this.network, this.selection());
    if (unit) this.pulled = [...this.pulled.filter((other) => other.layer !== unit.layer || other.unit !== unit.unit), unit];
  }

  private selectionChanged(): void {
    const { network } = this;
    const unit = network && findUnit(network, this.selection());
    if (unit && this.scene && !this.scene.shown[unit.layer]!.includes(unit.unit)) {
      this.pull();
      this.reshape = true;
      this.duration = DURATION.refold;
    }
    this.look(DURATION.selection);
  }

  private selection(): number | null {
    return this.model.get("selected_unit") ?? null;
  }

  private rebuild(): void {
    const { network, stage, root } = this;
    this.reshape = false;
    root.dataset.narrow = String(root.clientWidth < NARROW);
    this.empty.hidden = network !== null;
    stage.element.hidden = network === null;
    if (!network) {
      this.empty.style.height = `${this.model.get("height") ?? 480}px`;
      return;
    }
    const width = stage.element.clientWidth;
    this.width = width;
    if (width < 1) return;
    const shown = fillPlaces(network, this.pulled);
    const hovered = this.hover?.kind === "place" ? this.scene?.places[this.hover.place]?.key : undefined;
    this.scene = buildScene(network, shown, width, fontsOf(this.theme.font), this.measure);
    const place = hovered === undefined ? undefined : this.scene.placeOf.get(hovered);
    this.hover = place === undefined ? null : { kind: "place", place };
    this.keyboard = null;
    stage.element.style.height = `${this.scene.height + (this.scene.width > width ? 12 : 0)}px`;
    this.tree.rebuild(this.scene);
    this.layRankButtons(this.scene);
    this.duration ??= DURATION.none;
  }

  private layRankButtons(scene: Scene): void {
    const buttons = scene.captions.lines
      .filter(({ tone }) => tone === "accent")
      .map(({ text, x, y, width, layer }) => {
        const label = `${scene.network.layers[layer]!.name}: ${text}, rank again`;
        const button = make("button", { type: "button", class: "nbviz-rank", "aria-label": label });
        Object.assign(button.style, { left: `${x - width / 2 - 4}px`, top: `${y}px`, width: `${width + 8}px` });
        button.addEventListener("click", () => isEnabled(button) && this.send("rank"), { signal: this.signal });
        return button;
      });
    this.rankButtons.replaceChildren(...buttons);
  }

  private redraw(now: number): void {
    const { scene, moment, stage, network } = this;
    const duration = this.duration ?? DURATION.none;
    this.duration = null;
    this.writeControls();
    if (!scene || !moment || !network) return;
    const meaning = this.meaning(moment);
    const selected = placeOfUnit(scene, this.selection());
    const rings = new Set(selected === null ? [] : [selected]);
    const chosen = this.chosenClass(scene);
    if (chosen !== null) rings.add(chosen);
    const target = this.target(selected);
    const hovered = new Set(this.hover?.kind === "edge" || this.badge || this.hover?.kind === "place" ? this.hoveredPlaces(scene) : []);
    stage.show(
      {
        scene,
        moment,
        meaning,
        theme: this.theme,
        target,
        rings: { hovered, selected: rings, focused: this.keyboard },
        marked: this.markedUnits(scene, selected),
      },
      duration,
      now,
    );
    this.badges.update(moment.header.badges);
    this.writeStatus(scene, moment, meaning, selected);
    this.tree.describe(moment, selected);
    this.speak(now, summary(scene, moment, selected));
  }

  private meaning(moment: Moment): EdgeMeaning {
    const meaning = this.model.get("edge_meaning") ?? "weight";
    return moment.header.connections.some((_, index) => showsActivation(moment, index, meaning)) ? meaning : "weight";
  }

  private target(selected: number | null): Target | null {
    if (this.hover && this.hover.kind !== "cell") return this.hover;
    if (this.keyboard !== null) return { kind: "place", place: this.keyboard };
    if (this.badge) return { kind: "units", ids: this.badgeIds(this.badge) };
    return selected === null ? null : { kind: "place", place: selected };
  }

  private badgeIds({ layer, units }: BadgeWire): number[] {
    const wire = this.network!.layers[layer]!;
    const all = units.length > 0 ? units : Array.from({ length: wire.units }, (_, unit) => unit);
    return all.map((unit) => wire.first_unit + unit);
  }

  private hoveredPlaces(scene: Scene): number[] {
    const { hover, badge } = this;
    if (hover?.kind === "place") return [hover.place];
    if (hover?.kind === "edge") {
      const edge = scene.edges[hover.edge];
      return edge ? [edge.source, edge.target] : [];
    }
    if (!badge) return [];
    const ids = new Set(this.badgeIds(badge));
    return [...scene.places.keys()].filter((index) => ids.has(scene.places[index]!.id ?? -1));
  }

  private chosenClass(scene: Scene): number | null {
    const unit = this.model.get("selected_class") ?? null;
    const layer = scene.network.layers.findIndex(({ output }) => output !== null);
    if (unit === null || layer < 0) return null;
    return scene.placeOf.get(`${scene.network.layers[layer]!.name}/${unit}`) ?? null;
  }

  private markedUnits(scene: Scene, selected: number | null): Set<number> {
    const marked = new Set<number>();
    const mark = (index: number | null) => {
      const id = index === null ? null : scene.places[index]?.id;
      if (id !== null && id !== undefined) marked.add(id);
    };
    mark(selected);
    if (this.hover?.kind === "place") mark(this.hover.place);
    if (this.hover?.kind === "cell") {
      const { layer } = scene.strips[this.hover.strip]!;
      const { first_unit, cell_units } = scene.network.layers[layer]!;
      marked.add(first_unit + (cell_units[this.hover.cell] ?? 0));
    }
    return marked;
  }

  private writeControls(): void {
    const { network, moment, kernel } = this;
    const activations = moment?.header.connections.some(({ scale_a }) => scale_a !== null) ?? false;
    this.toolbar.update({
      meaning: this.model.get("edge_meaning") ?? "weight",
      activations,
      samples: network?.samples ?? 0,
      sample: this.model.get("selected_sample") ?? null,
      sampleName: moment?.header.sample_name ?? null,
      kernel,
    });
    for (const button of this.rankButtons.children as Iterable<HTMLElement>) {
      setEnabled(button, kernel, `rank the units again by ${network?.score ?? "score"}`, NEEDS_KERNEL);
    }
  }

  private writeStatus(scene: Scene, moment: Moment, meaning: EdgeMeaning, selected: number | null): void {
    if (this.error !== null) return this.status.update([this.error], [""], "error");
    if (selected !== null) return this.status.update(selectedWords(scene, moment, selected), ["Esc clears"], "selected");
    const narrow = this.root.dataset.narrow === "true";
    const drawn = countDrawn(scene.network, scene.edges, this.stage.values, moment, meaning);
    const empty = moment.header.sample_name === null && scene.network.samples === 0;
    const right = momentWords(moment.header, scene.network.samples > 0 && !moment.header.training);
    if (empty && !moment.header.training && right.join("") === "") right[0] = "No sample yet: pass x= to colour the units.";
    this.status.update(drawnWords(scene, moment, drawn, meaning, narrow), right, "plain");
  }

  private speak(now: number, words: string): void {
    if (now - this.lastSpoken < (this.moment?.header.training ? 4 : 1) * SPOKEN_EVERY) return;
    if (this.live.textContent === words) return;
    this.live.textContent = words;
    this.lastSpoken = now;
  }

  private pointAt(x: number | null, y: number | null): void {
    const { scene, stage } = this;
    const target = scene && x !== null && y !== null ? pick(scene, this.measure, stage.nodes.now, stage.edges.now, x, y) : null;
    this.pointer = x === null || y === null ? null : [x, y];
    const clickable = target?.kind === "place" || target?.kind === "cell";
    stage.canvas.style.cursor = clickable ? "pointer" : "default";
    if (sameTarget(target, this.hover)) return;
    this.hover = target;
    this.delayCard();
    this.look(DURATION.hover);
  }

  private click(x: number, y: number): void {
    const { scene, stage } = this;
    if (!scene) return;
    const target = pick(scene, this.measure, stage.nodes.now, stage.edges.now, x, y);
    if (target?.kind === "place") {
      this.tree.take(target.place);
      this.select(target.place);
      return;
    }
    this.tree.take(null);
    if (target?.kind === "cell") {
      const layer = scene.network.layers[scene.strips[target.strip]!.layer]!;
      this.save({ selected_unit: layer.first_unit + (layer.cell_units[target.cell] ?? target.cell) });
    } else if (target === null) this.clear();
  }

  private select(index: number): void {
    const { scene } = this;
    const place = scene?.places[index];
    if (!scene || !place || place.id === null) return;
    const first = scene.network.layers.findIndex(({ output }) => output !== null);
    this.save({ selected_unit: place.id, ...(place.layer === first ? { selected_class: place.unit } : {}) });
  }

  private clear(): void {
    this.save({ selected_unit: null, selected_class: null });
  }

  /** Scrolls a place that has keyboard focus into the widget. */
  private reveal(index: number): void {
    const { scene, stage } = this;
    if (!scene || scene.width <= this.width) return;
    const { x } = scene.places[index]!;
    const left = stage.element.scrollLeft;
    if (x - 60 < left) stage.element.scrollLeft = x - 60;
    else if (x + 60 > left + this.width) stage.element.scrollLeft = x + 60 - this.width;
  }

  private delayCard(): void {
    this.cardDue = performance.now() + CARD_DELAY;
    this.card.element.hidden = true;
    this.request();
  }

  /** Shows the card of what is pointed at; answers whether it is still to come. */
  private placeCard(now: number): boolean {
    const { scene, moment, card, root, stage } = this;
    const target: Target | null = this.hover ?? (this.keyboard === null ? null : { kind: "place", place: this.keyboard });
    if (!target || !scene || !moment) {
      card.element.hidden = true;
      return false;
    }
    if (now < this.cardDue) return true;
    const content = cardFor(scene, moment, this.meaning(moment), stage.values, target);
    if (!content) {
      card.element.hidden = true;
      return false;
    }
    const appears = card.element.hidden;
    card.write(content, this.theme);
    card.element.hidden = false;
    if (!appears) return false;
    const offset = { x: stage.element.offsetLeft - stage.element.scrollLeft, y: stage.element.offsetTop };
    const place = target.kind === "place" ? scene.places[target.place]! : null;
    const [px, py] = place ? [place.x, place.y] : (this.pointer ?? [0, 0]);
    const reach = place ? Math.max(place.half, place.tall) + 12 : 14;
    const anchor = { x: px + offset.x - reach, y: py + offset.y - reach, width: 2 * reach, height: 2 * reach };
    const bounds = { x: 0, y: stage.element.offsetTop, width: root.clientWidth, height: root.clientHeight - stage.element.offsetTop };
    const free = target.kind === "place" ? stage.litPoints().map(([x, y]) => [x + offset.x, y + offset.y] as const) : [];
    const size = { width: card.element.offsetWidth, height: card.element.offsetHeight };
    const [x, y] = findRoom(size, bounds, anchor, free);
    card.element.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
    return false;
  }

  private download(): void {
    const image = this.stage.image();
    if (image) downloadPng(image, this.network?.name ?? "network");
  }
}
