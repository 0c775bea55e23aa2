/** One view of a NetworkDiagram: joins the model's traits, the controls and the drawing. */

import { ask, classLayer, likeliest, type Question } from "../../picture/edge_question.ts";
import { hasMaps } from "../../picture/faces.ts";
import { decodeExplanation, type Explanation } from "../../picture/flows.ts";
import { sameTarget } from "../../picture/focus.ts";
import { decodeFrame, type Moment } from "../../picture/frame.ts";
import { changedGroup, withoutGroup } from "../../picture/groups.ts";
import { History } from "../../picture/history.ts";
import { DURATION } from "../../picture/motion.ts";
import { buildScene, placeOfUnit, type Scene } from "../../picture/scene.ts";
import { fillPlaces, findUnit, type Unit, unitName } from "../../picture/shown.ts";
import { abs, max, min } from "../../style/math.ts";
import { canvasMeasure } from "../../style/text.ts";
import { fontsOf } from "../../style/type_scale.ts";
import type { MomentMessage, MomentWire, NetworkWire } from "../../wire.ts";
import { type Host, HostedView } from "../hosted_view.ts";
import { isEnabled, listen, make, NEEDS_KERNEL, setEnabled } from "../html.ts";
import { indexAt } from "../steps.ts";
import { downloadPng } from "../surface.ts";
import { Badges } from "./badges.ts";
import { Card } from "./card/card.ts";
import { cardFor } from "./card/card_content.ts";
import { GroupHeaders, openingWords } from "./group_headers.ts";
import { Narrator } from "./narrator.ts";
import { pick } from "./picking.ts";
import { cellUnit, Pointing } from "./pointing.ts";
import { Selection, type Traits } from "./selection.ts";
import { Stage } from "./stage.ts";
import { Timeline } from "./timeline.ts";
import { Toolbar } from "./toolbar.ts";
import { Tree } from "./tree.ts";

const CARD_DELAY = 80;
const NARROW = 700;
const SCALED = "edges of the first gap show weight × standard deviation of the feature";

export class NetworkView extends HostedView<Traits> {
  readonly #measure = canvasMeasure();
  readonly #stage = new Stage(this.#measure);
  readonly #card = new Card();
  readonly #narrator = new Narrator();
  readonly #toolbar: Toolbar;
  readonly #badges: Badges;
  readonly #tree: Tree;
  readonly #timeline: Timeline;
  readonly #history = new History();
  readonly #rankButtons = make("div");
  readonly #headers: GroupHeaders;
  readonly #still = matchMedia("(prefers-reduced-motion: reduce)");

  #network: NetworkWire | null = null;
  #moment: Moment | null = null;
  /** The network as it is now, and the bytes it was read from. */
  #live: { bytes: DataView; moment: Moment; version: number } | null = null;
  /** The recorded moment shown; null for the live network. */
  #recorded: MomentWire | null = null;
  #asksHistory = false;
  #explanation: Explanation | null = null;
  #explained: DataView | undefined;
  #question: Question | null = null;
  readonly #selection: Selection;
  #scene: Scene | null = null;
  #pulled: Unit[] = [];
  #perMap = false;
  readonly #pointing = new Pointing();
  /** The block that is asked to open. */
  #opening: string | null = null;
  /** What has been opened or closed and is to come into sight. */
  #changed: ReturnType<typeof changedGroup> = {};
  #cardDue = 0;
  #width = 0;
  #arrived = true;
  #reshape = true;
  #duration: number | null = null;
  #lastFrame = 0;

  constructor(host: Host<Traits>) {
    super(host, "network", make("div", { part: "empty" }, "Waiting for the network."));
    const { signal } = host;
    this.#selection = new Selection(host.model);
    this.#toolbar = new Toolbar(
      {
        setMeaning: (meaning) => this.#selection.save({ edge_meaning: meaning }),
        setClass: (ofClass) => this.#setClass(ofClass),
        setSample: (sample) => this.#selection.save({ selected_sample: sample }),
        setPerMap: (perMap) => {
          this.#perMap = perMap;
          this.#look(DURATION.none);
        },
        download: () => this.#download(),
      },
      signal,
    );
    this.#badges = new Badges((badge) => {
      this.#pointing.badge = badge;
      this.#look(DURATION.hover);
    }, signal);
    this.#tree = new Tree(
      {
        focus: (place) => {
          this.#pointing.keyboard = place;
          this.#delayCard();
          if (place !== null) this.#reveal(place);
          this.#look(DURATION.hover);
        },
        select: (place) => this.#open(place) || this.#select(place),
        clear: () => this.#selection.clear(),
      },
      signal,
    );
    this.#timeline = new Timeline(
      { seek: (step) => this.#selection.save({ shown_frame: step }), request: () => this.request() },
      this.#measure,
      signal,
    );
    this.#headers = new GroupHeaders((name) => this.#close(name), signal);
    this.#stage.sheet.append(this.#tree.element, this.#rankButtons, this.#headers.element);
    const { root } = this;
    root.append(this.#toolbar.element, this.empty, this.#stage.element, this.#badges.element);
    root.append(this.#timeline.element, this.#narrator.status, this.#card.element, this.#narrator.live);
    this.watchSize(this.#stage.element);
    this.#listen();
  }

  #listen(): void {
    const { signal } = this;
    const stage = this.#stage;
    const arrived = () => {
      this.#arrived = true;
      this.request();
    };
    for (const name of ["network", "frame", "history", "shown_frame"]) this.on(`change:${name}`, arrived);
    this.on("change:history", () => {
      this.#asksHistory = false;
    });
    this.on("change:selected_unit", () => this.#selectionChanged());
    this.on("change:explanation", arrived);
    this.on("change:explanation_error", () => this.#look(null));
    this.on("change:selected_class", () => this.#look(DURATION.selection));
    this.on("change:selected_sample", () => this.#look(null));
    this.on("change:edge_meaning", () => {
      this.#selection.remember();
      this.#look(DURATION.values);
    });
    this.on("msg:custom", (message: { type?: string } | null, buffers?: DataView[]) => {
      if (message?.type === "moment") this.#record(message as MomentMessage, buffers?.[0]);
    });
    listen(this.#still, signal, "change", () => this.#look(DURATION.none));

    const { canvas } = stage;
    listen(canvas, signal, "pointermove", (event) => this.#pointAt(event.offsetX, event.offsetY));
    listen(canvas, signal, "pointerleave", () => this.#pointAt(null, null));
    listen(canvas, signal, "click", (event) => this.#click(event.offsetX, event.offsetY));
    listen(stage.element, signal, "scroll", () => {
      this.#pointAt(null, null);
      this.#markHidden();
    });
  }

  protected override answered(): void {
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

  protected override clear(): boolean {
    if (this.#selection.isEmpty) return false;
    this.#selection.clear();
    return true;
  }

  /** Keeps a moment of the training that goes on; where some are missing all are asked for, once. */
  #record(message: MomentMessage, payload: DataView | undefined): void {
    this.#history.read(this.get("history"));
    if (this.#history.append(message, payload)) {
      this.#arrived = true;
      this.request();
    } else if (!this.#asksHistory) {
      this.#asksHistory = true;
      this.send("history");
    }
  }

  #setClass(ofClass: number | null): void {
    const toClass = ofClass ?? (this.#network && this.#moment && likeliest(this.#network, this.#moment));
    const meaning = this.#selection.meaning === "path" ? "path" : "contribution";
    this.#selection.save({ selected_class: toClass, edge_meaning: meaning });
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
    if (this.#arrived) this.#receive(now);
    if (this.#duration !== null || this.#reshape) this.#ask();
    if (this.#reshape) this.#rebuild();
    if (this.#duration !== null) this.#redraw(now);
    // Laid out, so that the page has its height; what is painted waits until it is seen.
    if (!this.visible) return false;
    const more = this.#stage.paint(now, this.#still.matches);
    return this.#placeCard(now) || more;
  }

  protected override failed(words: string): void {
    this.#narrator.fail(words);
    this.#arrived = false;
    this.#reshape = false;
    this.#duration = null;
    if (this.#timeline.playing) this.request();
  }

  #receive(now: number): void {
    this.#arrived = false;
    const network = this.get("network") as NetworkWire;
    if (!network?.layers) return;
    const live = this.#readLive(network);
    if (!live) return;
    this.#narrator.recover();
    const bytes = this.get("explanation");
    const explained = bytes !== this.#explained;
    if (explained) {
      this.#explained = bytes;
      this.#explanation = decodeExplanation(bytes, network);
    }
    const moment = this.#readRecorded(network) ?? live;
    // The live network goes on behind a recorded moment.
    if (moment === this.#moment && this.#recorded !== null && !explained) return;
    const training = moment.header.training && this.#moment?.header.training;
    const interval = now - this.#lastFrame;
    this.#lastFrame = now;
    let duration: number = training ? min(DURATION.values, interval) : DURATION.values;
    // Under the finger nothing eases; what is played does, as far as it gets.
    if (this.#recorded !== null) duration = this.#timeline.playing ? min(duration, this.#timeline.pace) : DURATION.none;
    if (network.version !== this.#network?.version) {
      duration = this.#network ? DURATION.refold : DURATION.none;
      this.#changed = changedGroup(this.#network, network);
      this.#opening = null;
      this.#network = network;
      this.#pulled = [];
      this.#pull();
      this.#reshape = true;
    }
    this.#moment = moment;
    this.#duration = max(duration, this.#duration ?? 0);
  }

  #readLive(network: NetworkWire): Moment | null {
    const bytes = this.get("frame");
    if (this.#live?.bytes === bytes && this.#live.version === network.version) return this.#live.moment;
    const moment = decodeFrame(bytes, network);
    this.#live = moment && { bytes, moment, version: network.version };
    return moment;
  }

  /** The recorded moment that is asked for; null for the live network. */
  #readRecorded({ version }: NetworkWire): Moment | null {
    const history = this.#history;
    history.read(this.get("history"));
    const moments = history.moments(version);
    if (!moments) {
      // Those that fit are on their way.
      this.#recorded = null;
      return null;
    }
    const step = this.get("shown_frame") ?? null;
    const index = step === null || moments.length === 0 ? null : indexAt(moments, step);
    const wire = index === null ? null : moments[index]!;
    const before = this.#recorded;
    this.#recorded = wire;
    this.#timeline.update(moments, history.events, index, this.theme.font);
    if (wire === null || wire === before) return wire && this.#moment;
    return history.moment(index!);
  }

  /** Keeps a selected unit that is not shown for the next scene. */
  #pull(): void {
    const unit = this.#network && findUnit(this.#network, this.#selection.unit);
    if (unit)
      this.#pulled = [...this.#pulled.filter((other) => other.layer !== unit.layer || other.unit !== unit.unit), unit];
  }

  #selectionChanged(): void {
    const network = this.#network;
    const unit = network && findUnit(network, this.#selection.unit);
    if (unit && this.#scene && !this.#scene.shown[unit.layer]!.includes(unit.unit)) {
      this.#pull();
      this.#reshape = true;
      this.#duration = DURATION.refold;
    }
    this.#look(DURATION.selection);
  }

  /** Asks anew what the edges are to show; units that carry most of it come into the picture. */
  #ask(): void {
    const network = this.#network;
    const moment = this.#moment;
    if (!network || !moment) return;
    const { meaning, unit, ofClass: toClass } = this.#selection;
    const error = this.get("explanation_error") ?? null;
    const before = JSON.stringify(this.#question?.carriers ?? []);
    const past = this.#recorded !== null;
    const question = ask(network, moment, this.#explanation, {
      meaning,
      unit,
      toClass,
      kernel: this.kernel,
      error,
      past,
    });
    // The units that were brought into the picture stay while one looks back.
    if (past && question.lacking !== null) question.carriers = this.#question?.carriers ?? [];
    this.#question = question;
    if (JSON.stringify(this.#question.carriers) === before) return;
    this.#reshape = true;
    this.#duration = max(DURATION.refold, this.#duration ?? 0);
  }

  #rebuild(): void {
    const network = this.#network;
    const stage = this.#stage;
    const { root } = this;
    this.#reshape = false;
    root.dataset.narrow = String(root.clientWidth < NARROW);
    this.fill(network !== null, stage.element);
    if (!network) {
      this.empty.style.height = `${this.get("height") ?? 480}px`;
      return;
    }
    const width = stage.element.clientWidth;
    this.#width = width;
    if (width < 1) return;
    const shown = fillPlaces(network, [...this.#pulled, ...(this.#question?.carriers ?? [])]);
    const before = this.#scene;
    this.#scene = buildScene(network, shown, width, fontsOf(this.theme.font), this.#measure, this.#moment);
    this.#pointing.carryOver(before, this.#scene);
    stage.element.style.height = `${this.#scene.height + (this.#scene.width > width ? 12 : 0)}px`;
    this.#tree.rebuild(this.#scene);
    this.#markHidden();
    this.#layRankButtons(this.#scene);
    this.#layHeaders(this.#scene);
    this.#timeline.resize(this.theme.font);
    this.#duration ??= DURATION.none;
  }

  /** Fades the sides at which the drawing goes on. */
  #markHidden(): void {
    const { element } = this.#stage;
    const { scrollLeft, clientWidth, dataset } = element;
    dataset.before = String(scrollLeft > 1);
    dataset.after = String(scrollLeft + clientWidth < (this.#scene?.width ?? 0) - 1);
  }

  #layRankButtons(scene: Scene): void {
    const buttons = scene.captions.lines
      .filter(({ tone }) => tone === "accent")
      .map(({ text, x, y, width, layer }) => {
        const label = `${scene.layers[layer]!.name}: ${text}, rank again`;
        const button = make("button", { type: "button", part: "rank", "aria-label": label });
        Object.assign(button.style, { left: `${x - width / 2 - 4}px`, top: `${y}px`, width: `${width + 8}px` });
        listen(button, this.signal, "click", () => isEnabled(button) && this.send("rank"));
        return button;
      });
    const scaled = scene.captions.scales.filter(({ lines }) =>
      lines.some(({ connection }) => connection !== null && scene.connections[connection]!.scaled_by_sd),
    );
    const hints = scaled.map(({ x, y, width }) => {
      const hint = make("div", { part: "hint", title: SCALED });
      Object.assign(hint.style, { left: `${x - width / 2}px`, top: `${y}px`, width: `${width}px` });
      return hint;
    });
    this.#rankButtons.replaceChildren(...buttons, ...hints);
  }

  #redraw(now: number): void {
    const scene = this.#scene;
    const moment = this.#moment;
    const stage = this.#stage;
    const { root } = this;
    const network = this.#network;
    const duration = this.#duration ?? DURATION.none;
    this.#duration = null;
    this.#writeControls();
    const question = this.#question;
    if (!scene || !moment || !network || !question) return;
    const selected = placeOfUnit(scene, this.#selection.unit);
    const rings = new Set(selected === null ? [] : [selected]);
    const chosen = this.#chosenClass(scene, question);
    if (chosen !== null) rings.add(chosen);
    stage.show(
      {
        scene,
        moment,
        question,
        theme: this.theme,
        target: this.#pointing.target(scene, selected, question.feature !== null),
        rings: { hovered: this.#pointing.ringed(scene), selected: rings, focused: this.#pointing.keyboard },
        perMap: this.#perMap,
        marked: this.#pointing.marked(scene, selected),
      },
      duration,
      now,
    );
    this.#badges.update(moment.header.badges);
    this.#tree.describe(moment, selected);
    const narrow = root.dataset.narrow === "true";
    const explanation = this.#explanation;
    const recorded = this.#recorded;
    const sameSample = recorded?.frame.sample === this.#live?.moment.header.sample;
    const past = recorded && { metrics: recorded.metrics, sample: sameSample ? null : recorded.frame.sample_name };
    this.#narrator.tell({ scene, moment, question, explanation, stage, selected, narrow, past }, now);
  }

  #chosenClass(scene: Scene, { toClass }: Question): number | null {
    const unit = this.#selection.ofClass ?? toClass;
    const layer = classLayer(scene.network);
    if (unit === null || layer < 0) return null;
    return scene.placeOf.get(`${scene.layers[layer]!.name}/${unit}`) ?? null;
  }

  #writeControls(): void {
    const network = this.#network;
    const moment = this.#moment;
    const kernel = this.kernel;
    const activations = moment?.header.connections.some(({ scale_a }) => scale_a !== null) ?? false;
    const layer = network ? classLayer(network) : -1;
    const classes = network?.layers[layer];
    this.#toolbar.update({
      meaning: this.#selection.meaning,
      activations,
      contributions: this.#contributions,
      classes: classes ? Array.from({ length: classes.units }, (_, unit) => unitName(network!, layer, unit)) : [],
      toClass: this.#question?.toClass ?? this.#selection.ofClass,
      samples: network?.samples ?? 0,
      available: this.get("available_samples") ?? null,
      sample: this.#selection.sample,
      sampleName: moment && moment.header.sample === null ? moment.header.sample_name : null,
      perMap: moment && network?.layers.some((layer) => hasMaps(layer, moment)) ? this.#perMap : null,
      kernel,
    });
    this.#headers.enable(kernel);
    for (const button of this.#rankButtons.querySelectorAll("button")) {
      setEnabled(button, kernel, `rank the units again by ${network?.score ?? "score"}`, NEEDS_KERNEL);
    }
  }

  /** Whether what the edges carry is known or can be worked out. */
  get #contributions(): boolean {
    const activations = this.#moment?.header.sample_name ?? null;
    return activations !== null && (this.kernel || this.#explanation !== null);
  }

  #pointAt(x: number | null, y: number | null): void {
    const scene = this.#scene;
    const stage = this.#stage;
    const target =
      scene && x !== null && y !== null ? pick(scene, this.#measure, stage.nodes.now, stage.edges.now, x, y) : null;
    this.#pointing.pointer = x === null || y === null ? null : [x, y];
    const clickable = target?.kind === "place" || target?.kind === "cell";
    stage.canvas.style.cursor = clickable ? "pointer" : "default";
    if (sameTarget(target, this.#pointing.hover)) return;
    this.#pointing.hover = target;
    this.#delayCard();
    this.#look(DURATION.hover);
  }

  #click(x: number, y: number): void {
    const scene = this.#scene;
    const stage = this.#stage;
    if (!scene) return;
    const target = pick(scene, this.#measure, stage.nodes.now, stage.edges.now, x, y);
    if (target?.kind === "place") {
      this.#tree.take(target.place);
      if (!this.#open(target.place)) this.#select(target.place);
      return;
    }
    this.#tree.take(null);
    if (target?.kind === "cell") {
      this.#selection.save({ selected_unit: cellUnit(scene, target.strip, target.cell) });
    } else if (target === null) this.#selection.clear();
  }

  #select(index: number): void {
    const scene = this.#scene;
    const place = scene?.places[index];
    if (scene && place) this.#selection.choose(scene.network, place, this.#contributions);
  }

  /** Asks for the layers of a block; answers whether it can open. */
  #open(index: number): boolean {
    const layer = this.#scene?.layers[this.#scene.places[index]!.layer];
    // Without a kernel it is selected, as any other; its card says why.
    if (!layer?.opens || !this.kernel) return false;
    this.#opening = layer.name;
    this.#selection.save({ opened: [...(this.get("opened") ?? []), layer.name] });
    this.#look(null);
    return true;
  }

  #close(name: string): void {
    if (this.#network) this.#selection.save({ opened: withoutGroup(this.#network, name) });
  }

  /** Frames anew; what has been opened or closed comes into sight, and has the focus where it would be lost. */
  #layHeaders(scene: Scene): void {
    const { opened, closed } = this.#changed;
    this.#changed = {};
    const lost = this.#headers.element.contains(document.activeElement);
    const inTree = this.#tree.element.contains(document.activeElement);
    this.#headers.rebuild(scene.groups);
    const group = scene.groups.find(({ name }) => name === opened);
    const block = closed === undefined ? undefined : scene.placeOf.get(`${closed}/0`);
    const first = group ? scene.places.findIndex(({ layer }) => group.layers.has(layer)) : (block ?? -1);
    if (first < 0) return;
    if (lost || inTree) this.#tree.take(first);
    const { x, half } = scene.places[first]!;
    this.#bring(group?.x ?? x - half, group?.width ?? 2 * half);
  }

  /** Scrolls so that a stretch of the drawing is in sight, its beginning where it is too wide. */
  #bring(left: number, width: number): void {
    const { element } = this.#stage;
    const air = 24;
    const most = left - air;
    const least = left + width + air - this.#width;
    const to = min(most, max(element.scrollLeft, least));
    if (to !== element.scrollLeft) element.scrollTo({ left: to, behavior: this.#still.matches ? "auto" : "smooth" });
  }

  /** Scrolls a place that has keyboard focus into the widget. */
  #reveal(index: number): void {
    const scene = this.#scene;
    const stage = this.#stage;
    if (!scene || scene.width <= this.#width) return;
    const { x } = scene.places[index]!;
    const left = stage.element.scrollLeft;
    if (x - 60 < left) stage.element.scrollLeft = x - 60;
    else if (x + 60 > left + this.#width) stage.element.scrollLeft = x + 60 - this.#width;
  }

  #delayCard(): void {
    this.#cardDue = performance.now() + CARD_DELAY;
    this.#card.element.hidden = true;
    this.request();
  }

  /** Shows the card of what is pointed at; answers whether it is still to come. */
  #placeCard(now: number): boolean {
    const scene = this.#scene;
    const moment = this.#moment;
    const card = this.#card;
    const stage = this.#stage;
    const target = this.#pointing.carded;
    if (target && now < this.#cardDue) return true;
    const showing = this.#question?.showing;
    const content =
      target && scene && moment && showing && cardFor(scene, moment, showing, stage.values, target, this.#perMap);
    const appears = card.element.hidden;
    card.element.hidden = !content;
    if (!content) return false;
    const layer = target?.kind === "place" ? scene?.layers[scene.places[target.place]!.layer] : undefined;
    const words = layer && openingWords(layer, this.kernel, this.#opening === layer.name);
    if (words) content.notes.unshift(words);
    card.write(content, this.theme);
    // Once it stands it stays put, however its numbers go on living.
    if (appears) card.place(scene, stage, target, this.#pointing.pointer);
    return false;
  }

  #download(): void {
    const image = this.#stage.image();
    if (image) downloadPng(image, this.#network?.name ?? "network");
  }
}
