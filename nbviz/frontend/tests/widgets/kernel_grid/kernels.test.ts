import { describe, expect, it } from "vitest";
import {
  decodeKernels,
  inputOf,
  level,
  lookOf,
  normOf,
  orderOf,
  plane,
  planesOf,
  scaleOf,
} from "../../../src/widgets/kernel_grid/kernels.ts";
import { kernelsOf, message } from "./kernels_of.ts";

describe("kernels", () => {
  it("are found by filter and in channel", () => {
    const kernels = kernelsOf(decodeKernels);
    expect([...plane(kernels, 3, 1)]).toEqual([309, 310, 311, 312, 313, 314, 315, 316, 317]);
  });

  it("of a part of the channels are found by the channel's own number", () => {
    const kernels = kernelsOf(decodeKernels, { channels: 9, first_channel: 5, sent_channels: 2 });
    expect(plane(kernels, 1, 6)[0]).toBe(109);
    expect(planesOf(kernels, "channels", { filter: 1, channel: 8 })).toEqual([]);
  });

  it("are none while the numbers of a new layer are still to come", () => {
    const { wire, numbers } = message();
    expect(decodeKernels(wire, new DataView(numbers.buffer, 3, 100))).toBeNull();
    expect(decodeKernels({ ...wire, filters: 5 }, numbers)).toBeNull();
    expect(decodeKernels({}, numbers)).toBeNull();
  });

  it("are shown in colour only where there are three channels of a plane", () => {
    const three = message({ channels: 3, sent_channels: 3 }).wire;
    expect(lookOf(three, "auto")).toBe("rgb");
    expect(lookOf(three, "channels")).toBe("channels");
    expect(lookOf({ ...three, flat: true }, "rgb")).toBe("channels");
    expect(lookOf(message().wire, "rgb")).toBe("channels");
    expect(lookOf(message().wire, "norm")).toBe("norm");
  });

  it("stand in the order asked for, NaN last", () => {
    const kernels = kernelsOf(decodeKernels);
    expect([...orderOf(kernels, "index")]).toEqual([0, 1, 2, 3]);
    expect([...orderOf(kernels, "norm")]).toEqual([3, 1, 0, 2]);
    expect([...orderOf(kernels, "similarity")]).toEqual([3, 2, 1, 0]);
    expect([...orderOf(kernels, "importance")]).toEqual([0, 2, 1, 3]);
    expect([...orderOf({ ...kernels, importance: null }, "importance")]).toEqual([0, 1, 2, 3]);
  });

  it("have a scale of their own from finite numbers", () => {
    const kernels = kernelsOf(decodeKernels);
    const planes = [Float32Array.of(1, -3, Number.NaN, Number.POSITIVE_INFINITY)];
    expect(scaleOf(kernels, "channels", planes, true)).toBe(3);
    expect(scaleOf(kernels, "channels", planes, false)).toBe(1);
    expect(scaleOf(kernels, "norm", planes, false)).toBe(2);
    expect(scaleOf(kernels, "channels", [Float32Array.of(0, 0)], true)).toBe(1);
  });

  it("know the input that a grouped filter reads", () => {
    const kernels = kernelsOf(decodeKernels, { groups: 2 });
    kernels.firstInput[3] = 2;
    expect(inputOf(kernels, { filter: 3, channel: 1 })).toBe(3);
  });
});

describe("numbers", () => {
  it("become levels about grey", () => {
    expect(level(0, 2)).toBe(127.5);
    expect(level(-5, 2)).toBe(0);
    expect(level(1, 2)).toBe(191.25);
  });

  it("are norms over planes", () => {
    expect(normOf([Float32Array.of(3), Float32Array.of(4)])).toBe(5);
  });
});
