/** The drawing surface: three canvases that ease from one picture to the next. */

import type { Question } from "../../picture/edge_question.ts";
import { edgeValues } from "../../picture/edges.ts";
import { type Focus, focusOn, QUIET, type Target } from "../../picture/focus.ts";
import { floats, type Moment } from "../../picture/frame.ts";
import { cellKeys, cellLooks, EDGE, edgeLooks, NODE, nodeLooks, paintingOrder } from "../../picture/looks.ts";
import { Moving } from "../../picture/motion.ts";
import { edgeShades, flowingEdges, flowSpeed, paintEdges, paintFlow } from "../../picture/paint/paint_edges.ts";
import { drawFaces, type Faces } from "../../picture/paint/paint_faces.ts";
import { paintChevrons, paintGroupNames, paintGroups } from "../../picture/paint/paint_groups.ts";
import { paintCaptions, paintLabels } from "../../picture/paint/paint_labels.ts";
import { paintNodes, paintRings, paintStrips, type Rings } from "../../picture/paint/paint_nodes.ts";
import { Pen } from "../../picture/paint/pen.ts";
import { cellBox } from "../../picture/places.ts";
import type { Scene } from "../../picture/scene.ts";
import { css } from "../../style/colour.ts";
import { floor, max, min } from "../../style/math.ts";
import type { Measure } from "../../style/text.ts";
import type { Theme } from "../../style/theme.ts";
import { make } from "../html.ts";
import { compose, Surface } from "../surface.ts";
import type { KeptFree } from "./card/card_room.ts";
import { keptFree } from "./card/kept_free.ts";

/** What is to be drawn. */
export interface Picture {
  scene: Scene;
  moment: Moment;
  question: Question;
  theme: Theme;
  target: Target | null;
  rings: Rings;
  /** Whether each feature map is coloured on a scale of its own. */
  perMap: boolean;
  /** Units ringed in their strips. */
  marked: ReadonlySet<number>;
}

/** ms between pictures while training: 30 a second look smooth and leave the machine to the training. */
const TRAINING_PACE = 30;

export class Stage {
  readonly #measure: Measure;
  readonly sheet = make("div", { part: "sheet" });
  readonly element = make("div", { part: "stage" }, this.sheet);
  readonly nodes = new Moving(NODE.stride);
  readonly edges = new Moving(EDGE.stride);
  readonly #cells = new Moving(1);
  readonly #edgeSurface = new Surface();
  readonly #flowSurface = new Surface();
  readonly #nodeSurface = new Surface();
  #picture: Picture | null = null;
  #edgeKeys: string[] = [];
  #nodeKeys: string[] = [];
  #cellKeys: string[] = [];
  #shades: string[] = [];
  #faces: Faces = new Map();
  #broken = new Set<number>();
  #focus: Focus = QUIET;
  #order: Uint32Array = new Uint32Array();
  #flowing: number[] = [];
  values: Float64Array = new Float64Array();
  #started = 0;
  #duration = 0;
  #moving = false;
  #painted = 0;
  #cost = 0;
  #travelled = 0;
  #flowAt = 0;

  constructor(measure: Measure) {
    this.#measure = measure;
    this.sheet.append(this.#edgeSurface.canvas, this.#flowSurface.canvas, this.#nodeSurface.canvas);
  }

  /** What is drawn. */
  get picture(): Picture | null {
    return this.#picture;
  }

  get canvas(): HTMLCanvasElement {
    return this.#nodeSurface.canvas;
  }

  get training(): boolean {
    return this.#picture?.moment.header.training ?? false;
  }

  /** Sets out for a picture, to be there after `duration` ms. */
  show(picture: Picture, duration: number, now: number): void {
    const before = this.#picture;
    const { scene, moment, theme, question } = picture;
    if (before?.scene !== scene) {
      this.sheet.style.width = `${scene.width}px`;
      this.sheet.style.height = `${scene.height}px`;
      for (const surface of [this.#edgeSurface, this.#flowSurface, this.#nodeSurface])
        surface.resize(scene.width, scene.height);
      this.#nodeKeys = scene.places.map(({ key }) => key);
      this.#edgeKeys = scene.edges.map(({ key }) => key);
      this.#cellKeys = cellKeys(scene);
    }
    if (before?.theme !== theme) this.#shades = edgeShades(theme);
    const { perMap } = picture;
    if (before?.moment !== moment || before.theme !== theme || before.scene !== scene || before.perMap !== perMap) {
      this.#faces = drawFaces(scene, moment, theme, perMap);
      this.#broken = brokenPlaces(scene, moment);
    }
    const { showing } = question;
    this.values = edgeValues(scene.network, scene.edges, moment, showing);
    this.#focus = focusOn(scene, picture.target, showing, this.values);
    const looks = edgeLooks(scene, moment, this.values, showing, this.#focus);
    this.#order = paintingOrder(scene, looks, this.#focus);
    this.#flowing = moment.header.training ? flowingEdges(scene, looks, this.#order) : [];
    this.edges.head(this.#edgeKeys, looks, (_, values) => {
      values[EDGE.opacity] = 0; // it comes with its nodes
    });
    this.nodes.head(this.#nodeKeys, nodeLooks(scene, moment, this.#focus), (index, values) =>
      this.#emerge(scene, index, values, before?.scene ?? null),
    );
    this.#cells.head(this.#cellKeys, cellLooks(scene, moment));
    this.#picture = picture;
    this.#started = now;
    this.#duration = duration;
    this.#moving = true;
  }

  /** A unit that comes into the column comes out of its cell, a layer out of the block that was opened. */
  #emerge(scene: Scene, index: number, values: Float32Array, before: Scene | null): void {
    const place = scene.places[index]!;
    const { name, inside } = scene.layers[place.layer]!;
    const block = inside === null ? undefined : before?.placeOf.get(`${inside}/0`);
    const group = before?.groups.find((closed) => closed.name === name);
    if (block !== undefined || group) {
      values[NODE.x] = group ? group.x + group.width / 2 : this.nodes.now[block! * NODE.stride + NODE.x]!;
      values[NODE.alpha] = 0;
      return;
    }
    const strip = scene.strips.find(({ layer }) => layer === place.layer);
    if (!strip || place.unit < 0) return;
    const { cells, units } = scene.layers[place.layer]!;
    const box = cellBox(strip, cells, floor((place.unit / units) * cells));
    values[NODE.x] = box.x + strip.cell / 2;
    values[NODE.y] = box.y + box.height / 2;
    values[NODE.alpha] = 0;
  }

  /** Paints what is due; answers whether there is more to come. */
  paint(now: number, still: boolean): boolean {
    const picture = this.#picture;
    if (!picture) return false;
    if (this.#moving) {
      const t = this.#duration > 0 && !still ? min(1, (now - this.#started) / this.#duration) : 1;
      const since = now - this.#painted;
      // Painting shares the machine with the training that is watched: it takes part of the time, not all.
      if (t >= 1 || since >= max(this.training ? TRAINING_PACE : 0, min(250, this.#cost * 2))) {
        for (const moving of [this.nodes, this.edges, this.#cells]) moving.step(t);
        const start = performance.now();
        this.#paintEdges();
        this.#paintNodes();
        const late = since < 200 ? max(0, since - 34) : 0;
        this.#cost += (max(performance.now() - start, late) - this.#cost) * 0.3;
        this.#painted = now;
      }
      this.#moving = t < 1;
    }
    const flows = this.training && !still && this.#flowing.length > 0;
    this.#flowSurface.canvas.hidden = !flows;
    if (flows && now - this.#flowAt >= TRAINING_PACE) this.#paintFlow(now);
    return this.#moving || flows;
  }

  #paintEdges(): void {
    const { scene, theme } = this.#picture!;
    const context = this.#edgeSurface.begin();
    if (!context) return;
    paintGroups(new Pen(context, scene, theme, this.#measure, this.nodes.now));
    paintEdges(context, scene, theme, this.#shades, this.nodes.now, this.edges.now, this.#order);
  }

  #paintNodes(): void {
    const { scene, theme, moment, question, rings, marked } = this.#picture!;
    const context = this.#nodeSurface.begin();
    if (!context) return;
    const pen = new Pen(context, scene, theme, this.#measure, this.nodes.now);
    paintStrips(pen, this.#cells.now, marked);
    paintNodes(pen, this.#faces, this.#broken);
    paintChevrons(pen);
    paintLabels(pen, moment, rings.selected);
    paintCaptions(pen, moment, question.showing);
    paintRings(pen, rings);
  }

  #paintFlow(now: number): void {
    const { scene, theme, moment } = this.#picture!;
    const seconds = min(0.1, (now - this.#flowAt) / 1000);
    this.#flowAt = now;
    this.#travelled += seconds * flowSpeed(moment.header.updates_per_second);
    const context = this.#flowSurface.begin();
    if (context) paintFlow(context, scene, theme, this.nodes.now, this.edges.now, this.#flowing, this.#travelled);
  }

  /** What a card should not cover. */
  keptFree(): KeptFree[] {
    return this.#picture ? keptFree(this.#picture.scene, this.#focus) : [];
  }

  /** Whether an edge is brought forward. */
  isLit(edge: number): boolean {
    return this.#focus.edge(edge) === "lit" || this.#focus.edge(edge) === "none";
  }

  /** The drawing as one image. */
  image(): HTMLCanvasElement | null {
    const picture = this.#picture;
    if (!picture) return null;
    const { scene, theme } = picture;
    const image = compose([this.#edgeSurface, this.#nodeSurface], css(theme.background));
    const context = image.getContext("2d");
    context?.scale(image.width / scene.width, image.height / scene.height);
    if (context) paintGroupNames(new Pen(context, scene, theme, this.#measure, this.nodes.now));
    return image;
  }
}

/** Places whose activation is not finite though something flows through the network; what comes in may be a word. */
function brokenPlaces(scene: Scene, moment: Moment): Set<number> {
  const broken = new Set<number>();
  if (moment.header.sample_name === null) return broken;
  for (const [index, { layer, row, kind }] of scene.places.entries()) {
    const a = floats(moment, `layer/${scene.layers[layer]!.name}/a`);
    const given = scene.layers[layer]!.kind === "input";
    if (kind === "unit" && !given && a && !Number.isFinite(a[row])) broken.add(index);
  }
  return broken;
}
