/** The way from a drawing that is squeezed into its room to one that is easy to read and scrolls, and back. */

import type { Zoom } from "../../../picture/places.ts";
import { iconButton, listen, setIcon } from "../../html.ts";

export class ZoomButton {
  readonly element = iconButton("wider", "");
  zoom: Zoom = "fit";

  constructor(changed: () => void, signal: AbortSignal) {
    this.element.hidden = true;
    listen(this.element, signal, "click", () => {
      this.zoom = this.zoom === "fit" ? "read" : "fit";
      changed();
    });
  }

  /** `squeezed`: whether the drawing is; `scrolls`: whether it is wider than its room. */
  update(squeezed: boolean, scrolls: boolean): void {
    const { element, zoom } = this;
    element.hidden = !squeezed && !(zoom === "read" && scrolls);
    element.title = zoom === "fit" ? "Wider gaps: the drawing scrolls" : "Fit to width: inputs and outputs in sight";
    element.setAttribute("aria-label", element.title);
    setIcon(element, zoom === "fit" ? "wider" : "fit");
  }
}
