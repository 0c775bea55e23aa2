import { describe, expect, it } from "vitest";
import { cutNames } from "../../src/style/names.ts";

/** Each character is 10 px. */
const measure = (text: string) => 10 * [...text].length;
const cut = (names: string[], letters: number) => cutNames(names, 10 * letters, "", measure);

describe("cutNames", () => {
  it("leaves what fits, and cuts the end of what differs before", () => {
    expect(cut(["hue", "proanthocyanins"], 8)).toEqual(["hue", "proanth…"]);
  });

  it("cuts the middle, at a word, of names that an end cut would make equal", () => {
    const names = ["gearbox_vibration_axial_mm_s", "gearbox_vibration_radial_mm_s", "bearing_temperature_front_C"];
    expect(cut(names, 20)).toEqual(["gearbox_…axial_mm_s", "gearbox_…radial_mm_s", "bearing_temperature…"]);
  });

  it("gives up the beginning, then the end, where there is less room", () => {
    const names = ["gearbox_vibration_axial_mm_s", "gearbox_vibration_radial_mm_s"];
    expect(cut(names, 16)).toEqual(["gearb…axial_mm_s", "gear…radial_mm_s"]);
    expect(cut(names, 12)).toEqual(["…axial_mm_s", "…radial_mm_s"]);
    expect(cut(names, 8)).toEqual(["…axial_…", "…radial…"]);
  });

  it("does not cut names of two groups to the same end", () => {
    const names = ["mean symmetry", "mean smoothness", "worst symmetry", "worst smoothness"];
    expect(new Set(cut(names, 10)).size).toBe(4);
  });

  it("parts three names of which two differ later", () => {
    const names = ["mean_of_all_inner_radii", "mean_of_all_outer_radii_first", "mean_of_all_outer_radii_second"];
    expect(cut(names, 20)).toEqual(["mean_of_all_inner_r…", "mean_of_all_…first", "mean_of_all_…second"]);
  });

  it("parts words without a boundary at the letters that differ", () => {
    const names = ["abcdefghijklmnopqrstuvwx1", "abcdefghijklmnopqrstuvwx2"];
    expect(cut(names, 9)).toEqual(["abcde…wx1", "abcde…wx2"]);
    expect(cut(["measurement_17", "measurement_13"], 12)).toEqual(["measureme…17", "measureme…13"]);
  });

  it("keeps the number at the end of each of several names of one wording", () => {
    expect(cut(["species number 7", "species number 12"], 11)).toEqual(["species …7", "species …12"]);
    expect(cut(["class_7", "class_812", "other"], 6)).toEqual(["clas…7", "…812", "other"]);
    // One alone that has too little room, beside others that fit.
    const room = (at: number) => (at === 1 ? 110 : 900);
    expect(cutNames(["species number 7", "species number 12"], room, "", measure)).toEqual([
      "species number 7",
      "species …12",
    ]);
    // The number that differs is another one, and so is the wording of a single name.
    expect(cut(["row 5, column 3", "row 5, column 0", "row 4, column 6"], 9)).toEqual([
      "row 5, …3",
      "row 5, …0",
      "row 4, …6",
    ]);
    expect(cut(["column 10 of 3", "cultivar"], 7)).toEqual(["column…", "cultiv…"]);
    expect(new Set(cut(["row 5, column 3", "row 1, column 3"], 4)).size).toBe(2);
  });

  it("keeps both ends where words are shared with names of other beginnings", () => {
    const words = ["compactness", "concave points", "concavity", "symmetry", "smoothness"];
    const names = ["mean", "worst"].flatMap((which) => words.map((word) => `${which} ${word}`));
    for (const letters of [9, 10, 11, 12]) expect(new Set(cut(names, letters)).size).toBe(10);
  });

  it("parts names whose ends are cut one letter apart, as proportional type does", () => {
    const proportional = (text: string) => [...text].reduce((sum, letter) => sum + (letter === "r" ? 4 : 10), 0);
    const names = ["gearbox_vibration_axial_mm_s", "gearbox_vibration_radial_mm_s"];
    const labels = cutNames(names, 192, "", proportional);
    expect(labels.map((label) => label.split("…")[1])).toEqual(["axial_mm_s", "radial_mm_s"]);
  });

  it("cannot part equal names, and has no names to part", () => {
    expect(cut(["the same name", "the same name"], 5)).toEqual(["the…", "the…"]);
    expect(cut([], 5)).toEqual([]);
  });

  it("takes a width of its own for each", () => {
    expect(cutNames(["proline", "proline"], (at) => 10 * (at + 4), "", measure)).toEqual(["pro…", "prol…"]);
  });

  it("gives up where there is room for nothing", () => {
    expect(cutNames(["mean radius", "worst radius"], 1, "", (text) => 6 * text.length)).toEqual(["…", "…"]);
  });
});
