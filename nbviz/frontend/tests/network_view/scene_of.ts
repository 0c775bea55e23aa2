/** A scene and a moment of the small network, measured with 6 px a character. */

import { decodeFrame } from "../../src/network_view/frame.ts";
import type { Question } from "../../src/network_view/question.ts";
import { buildScene } from "../../src/network_view/scene.ts";
import { fillPlaces } from "../../src/network_view/shown.ts";
import { fontsOf } from "../../src/network_view/type.ts";
import type { EdgeMeaning, FrameWire, NetworkWire } from "../../src/wire.ts";
import { frame, network } from "./network.ts";

export const measure = (text: string) => 6 * text.length;

export function sceneOf(wire: NetworkWire = network(), width = 960) {
  return buildScene(wire, fillPlaces(wire, []), width, fontsOf("sans-serif"), measure);
}

/** Edges that show what the network's own numbers tell. */
export function plainly(meaning: EdgeMeaning): Question {
  return { showing: { meaning, flows: [] }, toClass: null, feature: null, lacking: null, sample: null, carriers: [] };
}

export function momentOf(given: Partial<FrameWire> = {}) {
  return decodeFrame(frame(given), network())!;
}
