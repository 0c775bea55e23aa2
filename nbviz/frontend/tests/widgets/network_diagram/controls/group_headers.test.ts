import { describe, expect, it } from "vitest";
import { openingWords } from "../../../../src/widgets/network_diagram/controls/group_headers.ts";
import { network } from "../../../picture/network.ts";

describe("the words on the card of a block", () => {
  const block = (opens: boolean, members: string[]) => ({ ...network().layers[1]!, opens, members });

  it("tell what a click does, or why it does nothing", () => {
    expect(openingWords(block(true, ["a", "b"]), true, false)).toBe("click to open: 2 layers");
    expect(openingWords(block(true, ["a"]), false, false)).toBe("1 layer inside: opening needs a running kernel");
    expect(openingWords(block(true, ["a"]), true, true)).toBe("opening…");
    expect(openingWords(block(false, ["a"]), true, false)).toBeNull();
  });
});
