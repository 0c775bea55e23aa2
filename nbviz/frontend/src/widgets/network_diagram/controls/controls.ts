/** The row of controls: what it is set to, and what follows when it is used. */

import { classLayer, likeliest } from "../../../picture/edge_question.ts";
import { hasMaps } from "../../../picture/faces.ts";
import { unitName } from "../../../picture/shown.ts";
import type { HostedView } from "../../hosted_view.ts";
import type { Arrivals } from "../arrivals.ts";
import type { Asking } from "../asking.ts";
import type { Selection, Traits } from "../selection.ts";
import { Toolbar } from "./toolbar.ts";

export class Controls {
  readonly #view: HostedView<Traits>;
  readonly #selection: Selection;
  readonly #arrivals: Arrivals;
  readonly #asking: Asking;
  readonly #toolbar: Toolbar;
  /** Whether each feature map is coloured on a scale of its own. */
  perMap = false;

  constructor(
    view: HostedView<Traits>,
    selection: Selection,
    arrivals: Arrivals,
    asking: Asking,
    actions: { look(): void; download(): void },
  ) {
    this.#view = view;
    this.#selection = selection;
    this.#arrivals = arrivals;
    this.#asking = asking;
    this.#toolbar = new Toolbar(
      {
        setMeaning: (meaning) => selection.save({ edge_meaning: meaning }),
        setClass: (ofClass) => this.#setClass(ofClass),
        setSample: (sample) => view.ask({ selected_sample: sample }),
        setPerMap: (perMap) => {
          this.perMap = perMap;
          actions.look();
        },
        download: () => actions.download(),
      },
      view.signal,
    );
  }

  get element(): HTMLElement {
    return this.#toolbar.element;
  }

  update(): void {
    const { network, moment } = this.#arrivals;
    const layer = network ? classLayer(network) : -1;
    const classes = network?.layers[layer];
    this.#toolbar.update({
      meaning: this.#selection.meaning,
      activations: moment?.header.connections.some(({ scale_a }) => scale_a !== null) ?? false,
      contributions: this.#asking.isAnswerable,
      classes: classes ? Array.from({ length: classes.units }, (_, unit) => unitName(network!, layer, unit)) : [],
      toClass: this.#asking.question?.toClass ?? this.#selection.ofClass,
      samples: network?.samples ?? 0,
      available: this.#view.get("available_samples") ?? null,
      sample: this.#selection.sample,
      sampleName: moment && moment.header.sample === null ? moment.header.sample_name : null,
      perMap: moment && network?.layers.some((layer) => hasMaps(layer, moment)) ? this.perMap : null,
      kernel: this.#view.kernel,
      change: network?.change ?? null,
    });
  }

  #setClass(ofClass: number | null): void {
    const { network, moment } = this.#arrivals;
    const toClass = ofClass ?? (network && moment && likeliest(network, moment));
    const meaning = this.#selection.meaning === "path" ? "path" : "contribution";
    this.#selection.save({ selected_class: toClass, edge_meaning: meaning });
  }
}
