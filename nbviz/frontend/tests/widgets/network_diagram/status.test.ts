import { describe, expect, it } from "vitest";
import { ask, carried } from "../../../src/picture/edge_question.ts";
import { countDrawn, edgeValues } from "../../../src/picture/edges.ts";
import { buildScene } from "../../../src/picture/scene.ts";
import { fillPlaces } from "../../../src/picture/shown.ts";
import { fontsOf } from "../../../src/style/type_scale.ts";
import {
  askedWords,
  drawnWords,
  momentWords,
  pastWords,
  selectedWords,
} from "../../../src/widgets/network_diagram/status.ts";
import { channelMoment, channels, channelValues } from "../../picture/channels.ts";
import { explanation } from "../../picture/explanation.ts";
import { header, network } from "../../picture/network.ts";
import { measure, momentOf, plainly, sceneOf } from "../../picture/scene_of.ts";

describe("drawnWords", () => {
  it("says how much of the network is drawn", () => {
    const scene = sceneOf();
    const moment = momentOf();
    const values = edgeValues(network(), scene.edges, moment, plainly("weight").showing);
    const drawn = countDrawn(network(), scene.edges, values, moment, plainly("weight").showing);
    expect(drawnWords(scene, moment, drawn, plainly("weight"), values, false).join("")).toBe(
      "6 of 12 edges drawn: 30 % of Σ|w|",
    );
  });

  it("is short where everything is drawn", () => {
    const wire = network();
    wire.layers[1]!.y = [40, 68];
    const drawn = { edges: 12, all: 12, share: 1 };
    const words = drawnWords(sceneOf(wire), momentOf(), drawn, plainly("weight"), new Float64Array(), false);
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

describe("words for channels", () => {
  it("say once what an edge between channels is", () => {
    const { scene, values } = channelValues("weight");
    const question = plainly("weight");
    const drawn = countDrawn(scene.network, scene.edges, values, channelMoment(), question.showing);
    const words = drawnWords(scene, channelMoment(), drawn, question, values, false).join("");
    expect(words).toBe(
      "all 13 edges drawn  ·  a conv edge’s width is the norm of its kernel, its colour the sign of its sum",
    );
    expect(drawnWords(scene, channelMoment(), drawn, question, values, true).join("")).toBe("all 13 edges drawn");
  });

  it("count the kernels of a channel and the edges behind its pooled map", () => {
    const scene = sceneOf(channels());
    const words = selectedWords(scene, channelMoment(), scene.placeOf.get("second/1")!).join("");
    expect(words).toContain("channel 1 of second: its 3 kernels in and 2 edges out are lit  ·  mean activation 2.00");
  });
});

describe("askedWords", () => {
  const asked = { meaning: "path", unit: 1, toClass: 0, kernel: false, error: null } as const;

  it("tells the credit, and what of it the lit edges carry", () => {
    const scene = sceneOf();
    const moment = momentOf();
    const question = ask(network(), moment, explanation(), asked);
    const values = edgeValues(network(), scene.edges, moment, question.showing);
    // Hidden units 0 and 1 are shown, which carry 20 and −40.
    const sums = carried(scene, question, values, (edge) => scene.edges[edge]!.kind === "weight");
    expect(sums.total).toBe(-60);
    const words = askedWords(scene, question, explanation(), values, sums).join("");
    expect(words).toBe("Path x1 → out, sample 0: −60.0 to the centred logit; of that the lit edges carry −20.0");
  });

  it("tells what the units drawn carry in their layer, and what runs through the others", () => {
    const told = explanation({}, [3, 2]);
    const question = ask(network(), momentOf(), told, asked);
    const scene = buildScene(network(), fillPlaces(network(), [], question.drawn), 960, fontsOf("sans"), measure);
    const values = edgeValues(network(), scene.edges, momentOf(), question.showing);
    const sums = carried(scene, question, values, () => true);
    // Through 3 and 2 run −160 and 120, through the others 20 and −40.
    expect(askedWords(scene, question, told, values, sums).join("")).toBe(
      "Path x1 → out, sample 0: −60.0 to the centred logit  ·  units shown carry 82 % of the path in their layer, " +
        "the others −20.0",
    );
    expect([sums.least, sums.most]).toEqual([expect.closeTo(-60, 6), expect.closeTo(-60, 6)]);
  });
});
