/** The drawing surface: three canvases that ease from one picture to the next. */

import { css } from "../colour.ts";
import type { Measure } from "../text.ts";
import type { Theme } from "../theme.ts";
import type { EdgeMeaning } from "../wire.ts";
import { edgeValues } from "./edges.ts";
import { drawFaces, type Faces } from "./faces.ts";
import { type Focus, focusOn, type Target } from "./focus.ts";
import { floats, type Moment } from "./frame.ts";
import { make } from "./html.ts";
import { cellKeys, cellLooks, EDGE, edgeLooks, NODE, nodeLooks, paintingOrder } from "./looks.ts";
import { DURATION, Moving } from "./motion.ts";
import { currentRoute, edgeShades, flowingEdges, flowSpeed, paintEdges, paintFlow } from "./paint_edges.ts";
import { paintCaptions, paintLabels } from "./paint_labels.ts";
import { paintNodes, paintRings, paintStrips, type Pen, type Rings } from "./paint_nodes.ts";
import { cellBox } from "./places.ts";
import type { Scene } from "./scene.ts";
import { compose, Surface } from "./surface.ts";

/** What is to be drawn. */
export interface Picture {
  scene: Scene;
  moment: Moment;
  meaning: EdgeMeaning;
  theme: Theme;
  target: Target | null;
  rings: Rings;
  /** Units ringed in their strips. */
  marked: ReadonlySet<number>;
}

export class Stage {
  readonly sheet = make("div", { class: "nbviz-sheet" });
  readonly element = make("div", { class: "nbviz-stage" }, this.sheet);
  readonly nodes = new Moving(NODE.stride);
  readonly edges = new Moving(EDGE.stride);
  private readonly cells = new Moving(1);
  private readonly edgeSurface = new Surface();
  private readonly flowSurface = new Surface();
  private readonly nodeSurface = new Surface();
  private picture: Picture | null = null;
  private edgeKeys: string[] = [];
  private nodeKeys: string[] = [];
  private cellKeys: string[] = [];
  private shades: string[] = [];
  private faces: Faces = new Map();
  private broken = new Set<number>();
  private focus: Focus = focusOn({ edges: [], places: [] } as unknown as Scene, null);
  private order: Uint32Array = new Uint32Array();
  private flowing: number[] = [];
  values: Float64Array = new Float64Array();
  private started = 0;
  private duration = 0;
  private moving = false;
  private painted = 0;
  private cost = 0;
  private travelled = 0;
  private flowAt = 0;

  constructor(private readonly measure: Measure) {
    this.sheet.append(this.edgeSurface.canvas, this.flowSurface.canvas, this.nodeSurface.canvas);
  }

  get canvas(): HTMLCanvasElement {
    return this.nodeSurface.canvas;
  }

  get training(): boolean {
    return this.picture?.moment.header.training ?? false;
  }

  /** Sets out for a picture, to be there after `duration` ms. */
  show(picture: Picture, duration: number, now: number): void {
    const before = this.picture;
    const { scene, moment, theme, meaning } = picture;
    if (before?.scene !== scene) {
      this.sheet.style.width = `${scene.width}px`;
      this.sheet.style.height = `${scene.height}px`;
      for (const surface of [this.edgeSurface, this.flowSurface, this.nodeSurface]) surface.resize(scene.width, scene.height);
      this.nodeKeys = scene.places.map(({ key }) => key);
      this.edgeKeys = scene.edges.map(({ key }) => key);
      this.cellKeys = cellKeys(scene);
    }
    if (before?.theme !== theme) this.shades = edgeShades(theme);
    if (before?.moment !== moment || before.theme !== theme || before.scene !== scene) {
      this.faces = drawFaces(scene, moment, theme);
      this.broken = brokenPlaces(scene, moment);
    }
    this.focus = focusOn(scene, picture.target);
    this.values = edgeValues(scene.network, scene.edges, moment, meaning);
    const looks = edgeLooks(scene, moment, this.values, meaning, this.focus);
    this.order = paintingOrder(scene, looks, this.focus);
    this.flowing = moment.header.training ? flowingEdges(scene, looks, this.order) : [];
    this.edges.head(this.edgeKeys, looks);
    this.nodes.head(this.nodeKeys, nodeLooks(scene, moment, this.focus), (index, values) => this.emerge(scene, index, values));
    this.cells.head(this.cellKeys, cellLooks(scene, moment));
    this.picture = picture;
    this.started = now;
    this.duration = duration;
    this.moving = true;
  }

  /** A unit that comes into the column comes out of its cell. */
  private emerge(scene: Scene, index: number, values: Float32Array): void {
    const place = scene.places[index]!;
    const strip = scene.strips.find(({ layer }) => layer === place.layer);
    if (!strip || place.unit < 0) return;
    const { cells, units } = scene.network.layers[place.layer]!;
    const box = cellBox(strip, cells, Math.floor((place.unit / units) * cells));
    values[NODE.x] = box.x + strip.cell / 2;
    values[NODE.y] = box.y + box.height / 2;
    values[NODE.alpha] = 0;
  }

  /** Paints what is due; answers whether there is more to come. */
  paint(now: number, still: boolean): boolean {
    const { picture } = this;
    if (!picture) return false;
    if (this.moving) {
      const t = this.duration > 0 && !still ? Math.min(1, (now - this.started) / this.duration) : 1;
      const since = now - this.painted;
      // Painting shares the machine with the training that is watched: it takes part of the time, not all.
      if (t >= 1 || since >= Math.min(250, this.cost * 2)) {
        for (const moving of [this.nodes, this.edges, this.cells]) moving.step(t);
        const start = performance.now();
        this.paintEdges();
        this.paintNodes();
        const late = since < 200 ? Math.max(0, since - 34) : 0;
        this.cost += (Math.max(performance.now() - start, late) - this.cost) * 0.3;
        this.painted = now;
      }
      this.moving = t < 1;
    }
    const flows = this.training && !still && this.flowing.length > 0;
    this.flowSurface.canvas.hidden = !flows;
    if (flows) this.paintFlow(now);
    return this.moving || flows;
  }

  private paintEdges(): void {
    const { scene, theme } = this.picture!;
    const context = this.edgeSurface.begin();
    if (context) paintEdges(context, scene, theme, this.shades, this.nodes.now, this.edges.now, this.order);
  }

  private paintNodes(): void {
    const { scene, theme, moment, meaning, rings, marked } = this.picture!;
    const context = this.nodeSurface.begin();
    if (!context) return;
    const pen: Pen = { context, scene, theme, measure: this.measure, nodes: this.nodes.now };
    paintStrips(pen, this.cells.now, marked);
    paintNodes(pen, this.faces, this.broken);
    paintLabels(pen, moment, rings.selected);
    paintCaptions(pen, moment, meaning);
    paintRings(pen, rings);
  }

  private paintFlow(now: number): void {
    const { scene, theme, moment } = this.picture!;
    const seconds = Math.min(0.1, (now - this.flowAt) / 1000);
    this.flowAt = now;
    this.travelled += seconds * flowSpeed(moment.header.updates_per_second);
    const context = this.flowSurface.begin();
    if (context) paintFlow(context, scene, theme, this.nodes.now, this.edges.now, this.flowing, this.travelled);
  }

  /** Points along lit edges and at lit nodes, which a card should leave free. */
  litPoints(): [number, number][] {
    const { picture, focus } = this;
    const points: [number, number][] = [];
    if (!picture) return points;
    for (const index of picture.scene.edges.keys()) {
      const emphasis = focus.edge(index);
      if (emphasis !== "lit" && emphasis !== "full") continue;
      const route = currentRoute(picture.scene, this.nodes.now, index);
      for (let at = 0; at + 3 < route.length; at += 2) {
        for (let step = 1; step < 8; step += 1) {
          const u = step / 8;
          const rise = 3 * u * u - 2 * u * u * u;
          points.push([
            route[at]! + (route[at + 2]! - route[at]!) * (1.5 * u - 1.5 * u * u + u * u * u),
            route[at + 1]! + (route[at + 3]! - route[at + 1]!) * rise,
          ]);
        }
      }
    }
    for (const index of focus.lit) {
      const { x, y } = picture.scene.places[index]!;
      for (let copy = 0; copy < 3; copy += 1) points.push([x, y]);
    }
    return points;
  }

  /** The drawing as one image. */
  image(): HTMLCanvasElement | null {
    const { picture } = this;
    return picture ? compose([this.edgeSurface, this.nodeSurface], css(picture.theme.background)) : null;
  }
}

/** Places whose activation is not finite though something flows through the network. */
function brokenPlaces(scene: Scene, moment: Moment): Set<number> {
  const broken = new Set<number>();
  if (moment.header.sample_name === null) return broken;
  for (const [index, { layer, row, kind }] of scene.places.entries()) {
    const a = floats(moment, `layer/${scene.network.layers[layer]!.name}/a`);
    if (kind === "unit" && a && !Number.isFinite(a[row])) broken.add(index);
  }
  return broken;
}

export { DURATION };
