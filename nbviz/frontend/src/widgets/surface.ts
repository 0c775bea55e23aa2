/** A canvas that stays sharp on any screen. */

import { min, round } from "../style/math.ts";
import { make } from "./html.ts";

const LARGEST_SIDE = 8192;

export class Surface {
  readonly canvas = make("canvas", { "aria-hidden": "true" });
  readonly #context = this.canvas.getContext("2d");
  #width = 0;
  #height = 0;

  resize(width: number, height: number): void {
    this.#width = width;
    this.#height = height;
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
  }

  /** A cleared context in CSS px; null while there is nothing to draw on. */
  begin(): CanvasRenderingContext2D | null {
    const context = this.#context;
    const width = this.#width;
    const height = this.#height;
    const { canvas } = this;
    if (!context || width < 1 || height < 1) return null;
    const ratio = min(devicePixelRatio || 1, LARGEST_SIDE / width, LARGEST_SIDE / height);
    const across = round(width * ratio);
    const down = round(height * ratio);
    if (canvas.width !== across || canvas.height !== down) {
      canvas.width = across;
      canvas.height = down;
    }
    context.setTransform(across / width, 0, 0, down / height, 0, 0);
    context.clearRect(0, 0, width, height);
    context.globalAlpha = 1;
    return context;
  }
}

/** The layers in one image, on a ground. */
export function compose(surfaces: readonly Surface[], ground: string): HTMLCanvasElement {
  const first = surfaces[0]!.canvas;
  const canvas = make("canvas");
  canvas.width = first.width;
  canvas.height = first.height;
  const context = canvas.getContext("2d");
  if (context) {
    context.fillStyle = ground;
    context.fillRect(0, 0, canvas.width, canvas.height);
    for (const surface of surfaces) context.drawImage(surface.canvas, 0, 0);
  }
  return canvas;
}

export function downloadPng(canvas: HTMLCanvasElement, name: string): void {
  canvas.toBlob((blob) => {
    if (!blob) return;
    const url = URL.createObjectURL(blob);
    const link = make("a", { href: url, download: `${name || "network"}.png` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  });
}
