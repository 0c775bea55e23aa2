/** What has come from the model, read: the network, the moment of it that is shown, and what explains that moment. */

import { withAsked } from "../../picture/asked_units.ts";
import { decodeExplanation, type Explanation } from "../../picture/flows.ts";
import { decodeFrame, type Moment } from "../../picture/frame.ts";
import { History } from "../../picture/history.ts";
import type { EventWire, MomentMessage, MomentWire, NetworkWire } from "../../wire.ts";
import type { HostedView } from "../hosted_view.ts";
import { indexAt } from "../steps.ts";
import type { Traits } from "./selection.ts";
import type { Past } from "./status.ts";
import { Unpacked } from "./unpacked.ts";

/** The recorded run. */
export interface Run {
  /** Whether moments are to come, though there may be none yet. */
  isKept: boolean;
  moments: readonly MomentWire[];
  events: readonly EventWire[];
  /** Index of the moment shown; null for the live network. */
  shown: number | null;
  /** Index of the moment that the live network is at; null: the last. */
  live: number | null;
  /** Batches of an epoch; null where that is not known. */
  perEpoch: number | null;
}

export class Arrivals {
  readonly #view: HostedView<Traits>;
  readonly #history = new History();
  readonly #unpacked = new Unpacked(() => this.#unpackedNow());
  /** Moments that came while the history before them was being unpacked. */
  #early: [MomentMessage, DataView | undefined][] = [];
  network: NetworkWire | null = null;
  /** The moment shown. */
  moment: Moment | null = null;
  /** The recorded moment shown; null for the live network. */
  recorded: MomentWire | null = null;
  /** Null while the moments that fit the network are on their way. */
  run: Run | null = null;
  explanation: Explanation | null = null;
  /** The network as Python sent it, and as it is with the units that the live frame was asked for. */
  #networks: { base: NetworkWire; asked: NetworkWire; units: string } | null = null;
  /** Whether there is something to read. */
  pending = true;
  /** The network as it is now, and the bytes it was read from. */
  #live: { bytes: DataView; moment: Moment; version: number } | null = null;
  #explained: DataView | undefined;
  #asksHistory = false;

  constructor(view: HostedView<Traits>) {
    this.#view = view;
    for (const name of ["network", "frame", "history", "shown_frame", "explanation"])
      view.on(`change:${name}`, () => this.#arrived());
    view.on("change:history", () => {
      this.#asksHistory = false;
    });
    view.on("msg:custom", (message: { type?: string } | null, buffers?: DataView[]) => {
      if (message?.type === "moment") this.#record(message as MomentMessage, buffers?.[0]);
    });
  }

  /** Whether a history is being unpacked: there is more to come. */
  get isUnpacking(): boolean {
    return this.#unpacked.isBusy;
  }

  /** What is told of the recorded moment beside its picture; null for the live network. */
  get past(): Past | null {
    const wire = this.recorded;
    if (!wire) return null;
    const sameSample = wire.frame.sample === this.#live?.moment.header.sample;
    return { metrics: wire.metrics, sample: sameSample ? null : wire.frame.sample_name };
  }

  /** Reads what has come. "nothing": there is no network yet; "same": what is shown stays as it is. */
  read(): "nothing" | "same" | "new" {
    this.pending = false;
    const network = this.#view.get("network") as NetworkWire;
    if (!network?.layers) return "nothing";
    const live = this.#readLive(network);
    if (!live) return "nothing";
    const bytes = this.#view.get("explanation");
    const isExplained = bytes !== this.#explained;
    if (isExplained) {
      this.#explained = bytes;
      this.explanation = decodeExplanation(bytes, network);
    }
    const moment = this.#readRecorded(network) ?? live;
    // The live network goes on behind a recorded moment.
    if (moment === this.moment && this.recorded !== null && !isExplained) return "same";
    this.network = this.#networkOf(network, live);
    this.moment = moment;
    return "new";
  }

  /** The network that the moment shown is of: recorded ones have the numbers of its candidates alone. */
  #networkOf(network: NetworkWire, { header }: Moment): NetworkWire {
    const last = this.#networks?.base;
    const known = last?.version === network.version && last.class_layer === network.class_layer ? this.#networks : null;
    const base = known?.base ?? network;
    const units = JSON.stringify(header.asked);
    if (known?.units !== units || !this.#networks) this.#networks = { base, asked: withAsked(base, header), units };
    return this.recorded === null ? this.#networks.asked : base;
  }

  #arrived(): void {
    this.pending = true;
    this.#view.request();
  }

  /** Keeps a moment of the training that goes on; where some are missing all are asked for, once. */
  #record(message: MomentMessage, payload: DataView | undefined): void {
    if (!this.#readHistory()) this.#early.push([message, payload]);
    else if (this.#history.append(message, payload)) this.#arrived();
    else this.#askHistory();
  }

  /** Answers whether the history is there; until then the last one stays. */
  #readHistory(): boolean {
    const bytes = this.#unpacked.of(this.#view.get("history"));
    if (bytes === null) return false;
    this.#history.read(bytes);
    return true;
  }

  #unpackedNow(): void {
    const early = this.#early;
    this.#early = [];
    for (const [message, payload] of early) this.#record(message, payload);
    this.#arrived();
  }

  #askHistory(): void {
    if (this.#asksHistory) return;
    this.#asksHistory = true;
    this.#view.send("history");
  }

  #readLive(network: NetworkWire): Moment | null {
    const bytes = this.#view.get("frame");
    if (this.#live?.bytes === bytes && this.#live.version === network.version) return this.#live.moment;
    const moment = decodeFrame(bytes, network);
    this.#live = moment && { bytes, moment, version: network.version };
    return moment;
  }

  /** The recorded moment that is asked for; null for the live network. */
  #readRecorded({ version }: NetworkWire): Moment | null {
    const history = this.#history;
    if (this.#readHistory() && history.isBroken) this.#askHistory();
    const moments = history.moments(version);
    if (!moments) {
      this.recorded = null;
      this.run = null;
      return null;
    }
    const step = this.#view.get("shown_frame") ?? null;
    const shown = step === null || moments.length === 0 ? null : indexAt(moments, step);
    const before = this.recorded;
    this.recorded = shown === null ? null : moments[shown]!;
    const { isKept, events, liveStep, perEpoch } = history;
    const at = liveStep === null || moments.length === 0 ? null : indexAt(moments, liveStep);
    this.run = { isKept, moments, events, shown, live: at, perEpoch };
    if (this.recorded === null || this.recorded === before) return this.recorded && this.moment;
    return history.moment(shown!);
  }
}
