/** One view of a NetworkDiagram: joins what has come, what is asked for and what is pointed at to the drawing. */

import { DURATION } from "../../picture/motion.ts";
import { buildScene, placeOfUnit, type Scene } from "../../picture/scene.ts";
import { abs, max, min } from "../../style/math.ts";
import { canvasMeasure } from "../../style/text.ts";
import { fontsOf } from "../../style/type_scale.ts";
import { type Host, HostedView } from "../hosted_view.ts";
import { listen, make } from "../html.ts";
import { downloadPng } from "../surface.ts";
import { Arrivals } from "./arrivals.ts";
import { Asking } from "./asking.ts";
import { Badges } from "./controls/badges.ts";
import { Controls } from "./controls/controls.ts";
import { RankMenus } from "./controls/rank_menus.ts";
import { Timeline } from "./controls/timeline.ts";
import { ZoomButton } from "./controls/zoom_button.ts";
import { Hovering } from "./hovering.ts";
import { Narrator } from "./narrator.ts";
import { OpenedBlocks } from "./opened_blocks.ts";
import { cellUnit } from "./pointing.ts";
import { Scrolling } from "./scrolling.ts";
import { Selection, type Traits } from "./selection.ts";
import { Stage } from "./stage.ts";
import { Tree } from "./tree.ts";

const NARROW = 700;

export class NetworkView extends HostedView<Traits> {
  readonly #measure = canvasMeasure();
  readonly #still = matchMedia("(prefers-reduced-motion: reduce)");
  readonly #selection = new Selection(this.model);
  readonly #arrivals = new Arrivals(this);
  readonly #asking = new Asking(this, this.#selection, this.#arrivals);
  readonly #stage = new Stage(this.#measure);
  readonly #scrolling = new Scrolling(this.#stage.element, this.#still);
  readonly #blocks = new OpenedBlocks(this);
  readonly #ranks = new RankMenus({ set: (rank) => this.ask({ rank }), again: () => this.send("rank") }, this.signal);
  readonly #narrator = new Narrator(this.signal);
  readonly #controls = new Controls(this, this.#selection, this.#arrivals, this.#asking, {
    look: () => this.#look(DURATION.none),
    download: () => this.#download(),
  });
  readonly #zoom = new ZoomButton(() => {
    this.restyled();
    this.request();
  }, this.signal);
  readonly #hovering = new Hovering(
    this.#stage,
    this.#measure,
    { look: (duration) => this.#look(duration), wordsOf: (layer) => this.#blocks.wordsOf(layer) },
    this.signal,
  );
  readonly #badges = new Badges((badge) => this.#hovering.badge(badge), this.signal);
  readonly #tree = new Tree(
    {
      focus: (place) => this.#focus(place),
      select: (place) => this.#open(place) || this.#select(place),
    },
    this.signal,
  );
  readonly #timeline = new Timeline(
    { seek: (step) => this.#selection.save({ shown_frame: step }), request: () => this.request() },
    this.#measure,
    this.signal,
  );
  #scene: Scene | null = null;
  /** The room that the scene was built for, px. */
  #width = 0;
  #reshape = true;
  /** ms that the next picture takes to come; null where there is none to come. */
  #duration: number | null = null;
  #lastFrame = 0;

  constructor(host: Host<Traits>) {
    super(host, "network", make("div", { part: "empty" }, "Waiting for the network."));
    const [stage, narrator] = [this.#stage, this.#narrator];
    this.#controls.element.lastElementChild!.before(this.#zoom.element);
    stage.sheet.append(this.#tree.element, this.#ranks.element, this.#blocks.headers.element);
    this.root.append(this.#controls.element, this.empty, stage.element, this.#badges.element);
    this.root.append(this.#timeline.element, narrator.status, this.#hovering.element, narrator.live);
    this.watchSize(stage.element);
    for (const name of ["selected_unit", "selected_class", "selected_part"])
      this.on(`change:${name}`, () => this.#look(DURATION.selection));
    for (const name of ["selected_sample", "explanation_error"]) this.on(`change:${name}`, () => this.#look(null));
    this.on("change:fault", () => this.complain());
    this.complain();
    this.on("change:edge_meaning", () => {
      this.#selection.remember();
      this.#look(DURATION.values);
    });
    listen(this.#still, this.signal, "change", () => this.#look(DURATION.none));
    listen(stage.canvas, this.signal, "click", ({ offsetX, offsetY }) => this.#click(offsetX, offsetY));
    listen(stage.element, this.signal, "scroll", () => this.#scrolling.mark(this.#scene?.width ?? 0));
  }

  protected override lacking(): string | null {
    return this.#arrivals.network ? null : "the network";
  }

  protected override answered(): void {
    this.#showRun();
    this.#look(null);
  }

  protected override resized(): void {
    if (abs(this.#stage.element.clientWidth - this.#width) < 1) return;
    this.restyled();
    this.request();
  }

  protected override restyled(): void {
    this.#reshape = true;
    this.#duration = DURATION.none;
  }

  protected override seen(): void {
    if (this.visible) this.#look(DURATION.none);
  }

  protected override complaint(): string | null {
    return this.get("fault") ?? null;
  }

  protected override clear(): boolean {
    if (this.#selection.isEmpty) return false;
    this.#selection.clear();
    return true;
  }

  /** Something about the picture has changed; `duration` null keeps the pace of what is under way. */
  #look(duration: number | null): void {
    if (duration !== null) this.#duration = max(duration, this.#duration ?? 0);
    this.#duration ??= DURATION.none;
    this.request();
  }

  protected override draw(now: number): boolean {
    // What is played here others may follow: it goes on out of sight.
    const playing = this.#timeline.advance(now);
    return this.#update(now) || playing;
  }

  #update(now: number): boolean {
    if (!this.visible && this.#scene) return false;
    if (this.#arrivals.pending) this.#receive(now);
    if (this.#duration !== null || this.#reshape) this.#ask();
    if (this.#reshape) this.#rebuild();
    if (this.#duration !== null) this.#redraw(now);
    // Laid out, so that the page has its height; what is painted waits until it is seen.
    if (!this.visible) return false;
    const more = this.#stage.paint(now, this.#still.matches);
    return this.#hovering.placeCard(now) || more || this.#arrivals.isUnpacking;
  }

  protected override failed(words: string): void {
    this.#narrator.fail(words);
    this.#reshape = false;
    this.#duration = null;
    if (this.#timeline.playing) this.request();
  }

  #receive(now: number): void {
    const { network: before, moment: last } = this.#arrivals;
    const news = this.#arrivals.read();
    if (news === "nothing") return;
    this.#narrator.recover();
    const { network, moment, recorded } = this.#arrivals;
    const timeline = this.#timeline;
    this.#showRun();
    if (news === "same") return;
    const training = moment?.header.training && last?.header.training;
    const interval = now - this.#lastFrame;
    this.#lastFrame = now;
    let duration: number = training ? min(DURATION.values, interval) : DURATION.values;
    // Under the finger nothing eases; what is played does, as far as it gets.
    if (recorded !== null) duration = timeline.playing ? min(duration, timeline.pace) : DURATION.none;
    if (network && network !== before) this.#reshape = true;
    if (network && network.version !== before?.version) {
      duration = before ? DURATION.refold : DURATION.none;
      this.#blocks.turnTo(network);
    }
    this.#duration = max(duration, this.#duration ?? 0);
  }

  #showRun(): void {
    const { run } = this.#arrivals;
    if (run) this.#timeline.update(run, this.theme.font, this.kernel);
  }

  /** Asks anew what the edges are to show; units that carry most of it, and the one selected, come into the picture. */
  #ask(): void {
    this.#asking.ask();
    const shown = this.#asking.shown();
    if (!this.#scene || JSON.stringify(shown) === JSON.stringify(this.#scene.shown)) return;
    this.#reshape = true;
    this.#duration = max(DURATION.refold, this.#duration ?? 0);
  }

  #rebuild(): void {
    const { network, moment } = this.#arrivals;
    const { element } = this.#stage;
    this.#reshape = false;
    this.root.dataset.narrow = String(this.root.clientWidth < NARROW);
    this.fill(network !== null, element);
    if (!network) {
      this.empty.style.height = `${this.get("height") ?? 480}px`;
      return;
    }
    const width = element.clientWidth;
    this.#width = width;
    if (width < 1) return;
    const scene = buildScene(
      network,
      this.#asking.shown(),
      width,
      fontsOf(this.theme.font),
      this.#measure,
      moment,
      this.#zoom.zoom,
    );
    this.#zoom.update(scene.squeezed, scene.width > width);
    this.#hovering.pointing.carryOver(this.#scene, scene);
    this.#scene = scene;
    element.style.height = `${scene.height + (scene.width > width ? 12 : 0)}px`;
    this.root.style.setProperty("--slack", `${scene.captions.slack}px`);
    this.#tree.rebuild(scene);
    this.#scrolling.mark(scene.width);
    this.#ranks.rebuild(scene);
    this.#blocks.lay(scene, this.#tree, this.#scrolling);
    this.#timeline.resize(this.theme.font);
    this.#duration ??= DURATION.none;
  }

  #redraw(now: number): void {
    const duration = this.#duration ?? DURATION.none;
    this.#duration = null;
    const { network, moment, explanation, past } = this.#arrivals;
    this.#controls.update();
    this.#blocks.headers.enable(this.kernel);
    this.#ranks.update({ rank: this.get("rank") ?? "weight", kernel: this.kernel, rows: network?.samples ?? 0 });
    const [scene, stage] = [this.#scene, this.#stage];
    const { question } = this.#asking;
    if (!scene || !moment || !question) return;
    const selected = placeOfUnit(scene, this.#selection.unit);
    const ringed = [selected, this.#asking.classPlace(scene)].filter((place) => place !== null);
    const { pointing } = this.#hovering;
    stage.show(
      {
        scene,
        moment,
        question,
        theme: this.theme,
        target: pointing.target(scene, selected, question.feature !== null),
        rings: { hovered: pointing.ringed(scene), selected: new Set(ringed), focused: pointing.keyboard },
        perMap: this.#controls.perMap,
        marked: pointing.marked(scene, selected),
      },
      duration,
      now,
    );
    this.#badges.update(moment.header.badges);
    this.#tree.describe(moment, selected);
    const narrow = this.root.dataset.narrow === "true";
    this.#narrator.tell({ scene, moment, question, explanation, stage, selected, narrow, past }, now);
  }

  /** The keyboard is at a place; null: it has left. */
  #focus(place: number | null): void {
    const scene = this.#scene;
    if (place !== null && scene && scene.width > this.#width) this.#scrolling.reveal(scene.places[place]!.x);
    this.#hovering.focus(place);
  }

  #click(x: number, y: number): void {
    const scene = this.#scene;
    if (!scene) return;
    const target = this.#hovering.under(x, y);
    if (target?.kind === "place") {
      this.#tree.take(target.place);
      if (!this.#open(target.place)) this.#select(target.place);
      return;
    }
    this.#tree.take(null);
    if (target?.kind === "cell") this.save({ selected_unit: cellUnit(scene, target.strip, target.cell) });
    else if (target === null) this.#selection.clear();
  }

  #select(index: number): void {
    const scene = this.#scene;
    const place = scene?.places[index];
    if (scene && place) this.#selection.choose(scene.network, place, this.#asking.isAnswerable);
  }

  /** Asks for the layers of a block; answers whether it can open. */
  #open(index: number): boolean {
    const layer = this.#scene?.layers[this.#scene.places[index]!.layer];
    if (!layer || !this.#blocks.open(layer)) return false;
    this.#look(null);
    return true;
  }

  #download(): void {
    const image = this.#stage.image();
    if (image) downloadPng(image, this.#arrivals.network?.name ?? "network");
  }
}
