// As nbviz/kernel_wire.py explains each field; a test compares the two.

import type { ArrayWire } from "../wire.ts";

export interface KernelGridWire {
  layer: string;
  type: string;
  folded: string | null;
  filters: number;
  channels: number;
  first_channel: number;
  sent_channels: number;
  groups: number;
  depth: number;
  rows: number;
  columns: number;
  flat: boolean;
  first_unit: number;
  scale: number;
  norm_scale: number;
  arrays: ArrayWire[];
}
