/** The base of views that are laid out by their width alone. */

import { HostedView } from "./hosted_view.ts";

export abstract class WidthView<Traits> extends HostedView<Traits> {
  /** px of the root; 0 before it is laid out. */
  protected width = 0;

  /** Drawn anew where there is more or less room, not where what was drawn has made it higher. */
  protected override resized(): void {
    const width = this.root.clientWidth;
    if (width === this.width) return;
    this.width = width;
    this.request();
  }
}
