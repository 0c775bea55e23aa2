import type { Kernels } from "../../../src/widgets/kernel_grid/kernels.ts";
import type { KernelGridWire } from "../../../src/wire.ts";

const DTYPES = { Float32Array: "f4", Int32Array: "i4" } as const;

/** A message as Python would send it; each filter's numbers count up from 100 times its index. */
export function message(given: Partial<KernelGridWire> = {}): { wire: KernelGridWire; numbers: DataView } {
  const wire: KernelGridWire = {
    layer: "conv",
    type: "Conv2D",
    folded: null,
    filters: 4,
    channels: 2,
    first_channel: 0,
    sent_channels: 2,
    groups: 1,
    depth: 1,
    rows: 3,
    columns: 3,
    flat: false,
    first_unit: 0,
    scale: 1,
    norm_scale: 2,
    arrays: [],
    ...given,
  };
  const size = wire.depth * wire.rows * wire.columns;
  const perFilter = wire.sent_channels * size;
  const arrays = {
    kernels: Float32Array.from({ length: wire.filters * perFilter }, (_, at) => {
      const filter = Math.floor(at / perFilter);
      return 100 * filter + (at % perFilter);
    }),
    norms: new Float32Array(wire.filters * size),
    filter: Float32Array.from({ length: wire.filters }, (_, filter) => (filter === 2 ? Number.NaN : filter)),
    input: new Int32Array(wire.filters),
    importance: Float32Array.from({ length: wire.filters }, (_, filter) => (filter % 2 ? 1 : 5)),
    similarity: Int32Array.from({ length: wire.filters }, (_, filter) => wire.filters - 1 - filter),
  };
  let offset = 0;
  const places = Object.entries(arrays).map(([key, array]) => {
    const dtype = DTYPES[array.constructor.name as keyof typeof DTYPES];
    const place = { key, dtype, shape: [array.length], offset };
    offset += 8 * Math.ceil(array.byteLength / 8);
    return place;
  });
  // Python's bytes begin anywhere in a message.
  const bytes = new Uint8Array(offset + 3);
  for (const [index, array] of Object.values(arrays).entries())
    bytes.set(new Uint8Array(array.buffer), 3 + places[index]!.offset);
  return { wire: { ...wire, arrays: places }, numbers: new DataView(bytes.buffer, 3) };
}

export function kernelsOf(decode: (wire: KernelGridWire, numbers: DataView) => Kernels | null, given = {}): Kernels {
  const { wire, numbers } = message(given);
  return decode(wire, numbers)!;
}
