import { describe, expect, it } from "vitest";
import { countDrawn, edgeValues } from "../../../src/picture/edges.ts";
import { drawnWords, momentWords, pastWords, selectedWords } from "../../../src/widgets/network_diagram/status.ts";
import { header, network } from "../../picture/network.ts";
import { momentOf, plainly, sceneOf } from "../../picture/scene_of.ts";

describe("drawnWords", () => {
  it("says how much of the network is drawn", () => {
    const scene = sceneOf();
    const moment = momentOf();
    const values = edgeValues(network(), scene.edges, moment, plainly("weight").showing);
    const drawn = countDrawn(network(), scene.edges, values, moment, plainly("weight").showing);
    expect(drawnWords(scene, moment, drawn, plainly("weight"), false).join("")).toBe(
      "6 of 12 edges drawn: 30 % of Σ|w|",
    );
  });

  it("is short where everything is drawn", () => {
    const wire = network();
    wire.layers[1]!.y = [40, 68];
    const words = drawnWords(sceneOf(wire), momentOf(), { edges: 12, all: 12, share: 1 }, plainly("weight"), false);
    expect(words.join("")).toBe("all 12 edges drawn");
  });
});

describe("momentWords", () => {
  it("tells how the training runs", () => {
    const now = { ...header(), training: true, epoch: 3, batch: 120, updates_per_second: 310 };
    expect(momentWords(now, true).join("")).toBe("epoch 3  ·  batch 120  ·  310 updates/s");
  });
});

describe("pastWords", () => {
  const metrics = { accuracy: 0.95, loss: 0.12, val_accuracy: null, val_loss: 0.25 };

  it("tell losses first, and only what is known", () => {
    expect(pastWords({ metrics, sample: null }, 3).join("")).toBe("loss 0.12  ·  val_loss 0.25  ·  accuracy 0.95");
    expect(pastWords({ metrics, sample: null }, 1)).toEqual(["loss ", "0.12", ""]);
    expect(pastWords({ metrics: {}, sample: null }, 3).join("")).toBe("");
  });

  it("say whose activations are shown where it is another sample’s", () => {
    expect(pastWords({ metrics, sample: "sample 3" }, 1).join("")).toBe("units: sample 3  ·  loss 0.12");
  });
});

describe("selectedWords", () => {
  it("tells what is lit", () => {
    const scene = sceneOf();
    const words = selectedWords(scene, momentOf(), scene.placeOf.get("hidden/0")!);
    expect(words.join("")).toBe("unit 0 of hidden: its 2 edges in and 1 out are lit  ·  activation 3.00");
  });
});
