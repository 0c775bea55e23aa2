/** A scene and a moment of the small network, measured with 6 px a character. */

import type { Question } from "../../src/picture/edge_question.ts";
import { decodeFrame } from "../../src/picture/frame.ts";
import type { Zoom } from "../../src/picture/places.ts";
import { buildScene } from "../../src/picture/scene.ts";
import { fillPlaces } from "../../src/picture/shown.ts";
import { fontsOf } from "../../src/style/type_scale.ts";
import type { EdgeMeaning, FrameWire, NetworkWire } from "../../src/wire.ts";
import { frame, network } from "./network.ts";

export const measure = (text: string) => 6 * text.length;

export function sceneOf(wire: NetworkWire = network(), width = 960, zoom: Zoom = "fit") {
  return buildScene(wire, fillPlaces(wire, []), width, fontsOf("sans-serif"), measure, null, zoom);
}

/** Edges that show what the network's own numbers tell. */
export function plainly(meaning: EdgeMeaning): Question {
  return {
    showing: { meaning, flows: [] },
    toClass: null,
    feature: null,
    lacking: null,
    sample: null,
    over: null,
    drawn: [],
    shares: [],
  };
}

export function momentOf(given: Partial<FrameWire> = {}) {
  return decodeFrame(frame(given), network())!;
}
