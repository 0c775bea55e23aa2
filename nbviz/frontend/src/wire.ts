// Printed by nbviz/frontend/wire_types.py from the Python modules that explain each field.

export type EdgeMeaning = "weight" | "weight_activation";

export type LayerKind = "input" | "dense" | "block" | "output";

export type Face = "circle" | "response" | "picture" | "block";

export type ConnectionKind = "kernel" | "norm" | "link";

export type OutputKind = "softmax" | "sigmoid" | "linear";

export interface LayerWire {
  name: string;
  kind: "input" | "dense" | "block" | "output";
  face: "circle" | "response" | "picture" | "block";
  type: string;
  activation: string | null;
  output_shape: (number | null)[];
  parameters: number;
  notes: string[];
  first_unit: number;
  units: number;
  unit_names: string[] | null;
  output: "softmax" | "sigmoid" | "linear" | null;
  candidates: number[];
  ranks: number[];
  shown: number[];
  cells: number;
  cell_units: number[];
  column: number;
  x: number;
  y: number[];
  size: number;
  caption_y: number;
  compact_caption: boolean;
}

export interface ConnectionWire {
  source: number;
  target: number;
  kind: "kernel" | "norm" | "link";
  weights: number;
  notes: string[];
  scaled_by_sd: boolean;
}

export interface ArrayWire {
  key: string;
  dtype: "f4" | "i4" | "u1";
  shape: number[];
  offset: number;
}

export interface NetworkWire {
  version: number;
  name: string;
  layers: LayerWire[];
  connections: ConnectionWire[];
  columns: number;
  height: number;
  score: string;
  samples: number;
  arrays: ArrayWire[];
}

export interface LayerFrameWire {
  a_scale: number | null;
  a_sum: number | null;
}

export interface ConnectionFrameWire {
  scale: number;
  scale_a: number | null;
  sum: number;
  sum_a: number | null;
  abs_sum: number;
  abs_sum_a: number | null;
}

export interface BadgeWire {
  kind: "nan" | "dead" | "saturated" | "vanishing" | "exploding";
  layer: number;
  units: number[];
  text: string;
  meaning: string;
}

export interface FrameWire {
  version: number;
  sample: number | null;
  sample_name: string | null;
  training: boolean;
  epoch: number | null;
  batch: number | null;
  updates_per_second: number | null;
  layers: LayerFrameWire[];
  connections: ConnectionFrameWire[];
  badges: BadgeWire[];
}
