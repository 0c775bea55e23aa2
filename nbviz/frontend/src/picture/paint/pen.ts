/** What the painters share: the canvas, the scene and theme, and the few strokes they all make. */

import { type Colour, css } from "../../style/colour.ts";
import { elide, isolate, type Measure } from "../../style/text.ts";
import type { Theme } from "../../style/theme.ts";
import type { Scene } from "../scene.ts";

export class Pen {
  readonly context: CanvasRenderingContext2D;
  readonly scene: Scene;
  readonly theme: Theme;
  readonly measure: Measure;
  /** The numbers of the nodes as they are at this instant. */
  readonly nodes: Float32Array;

  constructor(context: CanvasRenderingContext2D, scene: Scene, theme: Theme, measure: Measure, nodes: Float32Array) {
    this.context = context;
    this.scene = scene;
    this.theme = theme;
    this.measure = measure;
    this.nodes = nodes;
    context.textBaseline = "middle";
  }

  fill(colour: Colour, opacity?: number): void {
    this.context.fillStyle = css(colour, opacity);
    this.context.fill();
  }

  /** A filled rectangle. */
  block(x: number, y: number, width: number, height: number, colour: Colour, opacity?: number): void {
    this.context.fillStyle = css(colour, opacity);
    this.context.fillRect(x, y, width, height);
  }

  /** The path of a rectangle with round corners. */
  rounded(x: number, y: number, width: number, height: number, radius: number): void {
    this.context.beginPath();
    this.context.roundRect(x, y, width, height, radius);
  }

  write(text: string, x: number, y: number, font: string, colour: Colour, align: CanvasTextAlign = "center"): void {
    const { context } = this;
    context.font = font;
    context.fillStyle = css(colour);
    context.textAlign = align;
    context.fillText(text, x, y);
  }

  /** A user's name: cut to fit, and isolated so that its direction stays its own. */
  name(text: string, x: number, y: number, width: number, font: string, colour: Colour, align?: CanvasTextAlign): void {
    this.write(isolate(elide(text, width, font, this.measure)), x, y, font, colour, align);
  }
}
