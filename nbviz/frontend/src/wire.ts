// Printed by nbviz/frontend/wire_types.py from the Python modules that explain each field.

export interface ArrayWire {
  key: string;
  dtype: "f4" | "f2" | "i4" | "i2" | "u1";
  shape: number[];
  offset: number;
}

export type ConnectionKind = "kernel" | "norm" | "link";

export type LayerKind = "input" | "dense" | "conv" | "maps" | "block" | "output";

export type OutputKind = "softmax" | "sigmoid" | "linear";

export type EdgeMeaning = "weight" | "weight_activation" | "contribution" | "path";

export type Face = "circle" | "response" | "map" | "picture" | "block";

export interface LayerWire {
  name: string;
  kind: "input" | "dense" | "conv" | "maps" | "block" | "output";
  face: "circle" | "response" | "map" | "picture" | "block";
  type: string;
  activation: string | null;
  output_shape: (number | null)[];
  parameters: number;
  notes: string[];
  members: string[];
  group: boolean;
  opens: boolean;
  inside: string | null;
  window: number[];
  strides: number[];
  parts: string[];
  brief: string;
  picture: string | null;
  first_unit: number;
  units: number;
  unit_names: string[] | null;
  value_names: Record<string, string> | null;
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
  offset: number;
  sparse: boolean;
  scaled_by_sd: boolean;
}

export interface OpenedWire {
  name: string;
  inside: string | null;
}

export interface ChangeWire {
  before: string;
  after: string;
}

export interface NetworkWire {
  version: number;
  name: string;
  layers: LayerWire[];
  connections: ConnectionWire[];
  opened: OpenedWire[];
  class_layer: string | null;
  columns: number;
  height: number;
  score: string;
  samples: number;
  change: ChangeWire | null;
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

export interface AskedWire {
  layer: number;
  units: number[];
  ranks: number[];
}

export interface LikelyWire {
  layer: number;
  units: number[];
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
  asked: AskedWire[];
  likely: LikelyWire[];
  arrays: ArrayWire[] | null;
}

export type OutputWords = "centred logit" | "logit" | "output";

export interface PartWire {
  id: number;
  name: string;
}

export interface ExplanationWire {
  version: number;
  sample: number | null;
  sample_name: string | null;
  signed: boolean;
  classes: number[];
  features: number[];
  path_classes: number[];
  reason: string | null;
  output: "centred logit" | "logit" | "output";
  over: string | null;
  feature_ids: number[];
  parts: PartWire[];
  arrays: ArrayWire[];
}

export type EventKind = "best" | "rate" | "health";

export interface EventWire {
  step: number;
  kind: "best" | "rate" | "health";
  text: string;
}

export interface MomentWire {
  step: number;
  epoch: number;
  batch: number;
  label: string;
  frame: FrameWire;
  metrics: Record<string, number | null>;
}

export interface HistoryWire {
  version: number;
  steps_per_epoch: number | null;
  live_step: number | null;
  arrays: ArrayWire[];
  stride: number;
  moments: MomentWire[];
  events: EventWire[];
}

export interface MomentMessage {
  type: "moment";
  moment: MomentWire;
  count: number;
}

export interface AxisWire {
  low: number;
  high: number;
  ticks: number[];
  labels: string[];
}

export interface OutputValuesWire {
  name: string;
  captions: string[];
  values: AxisWire;
  errors: AxisWire;
}

export interface PredictedValuesWire {
  count: number;
  names: string[] | null;
  other_count: number;
  outputs: OutputValuesWire[];
}

export interface PickerWire {
  count: number;
  names: string[] | null;
  class_names: string[] | null;
  value_names: string[] | null;
  value_word: string;
  truth: number[] | null;
  predicted: number[] | null;
  has_truth: boolean;
  true_labels: number[][] | null;
  predicted_labels: number[][] | null;
}

export interface WaterfallWire {
  sample: string;
  title: string;
  over: string;
  adds_up: string;
  start_name: string;
  end_name: string;
  features: string[];
  feature_values: string[];
  units: (number | null)[];
  more: number;
  classes: number[];
  class_names: string[];
  p: (number | null)[] | null;
  columns: number[];
  predicted: number | null;
  truth: number | null;
  others: number;
  others_p: number | null;
  per_class: boolean;
}

export interface ComparedColumnWire {
  sample: number;
  name: string;
  feature_values: string[];
  read: string;
  true: string;
  is_wrong: boolean;
  likely: number;
}

export interface ComparisonWire {
  features: string[];
  units: (number | null)[];
  more: number;
  classes: number[];
  class_names: string[];
  all_classes: number;
  start_name: string;
  end_name: string;
  has_p: boolean;
  columns: ComparedColumnWire[];
}

export interface ConfusionWire {
  title: string;
  class_names: string[];
  most_cells: number;
}

export interface PushWire {
  name: string;
  change: number;
}

export interface CellRowWire {
  sample: number;
  name: string;
  p: number;
  other_p: number;
  other: number;
  pushes: PushWire[];
}

export interface CellWire {
  total: number;
  rows: CellRowWire[];
}

export interface CellRowsWire {
  class_names: string[];
  truth: number[];
  predicted: number[];
}

export type MatrixHue = "quiet" | "up" | "down" | "mixed";

export interface MatrixTableWire {
  title: string;
  captions: string[];
  row_kind: string;
  column_kind: string;
  rows: string[];
  columns: string[];
  column_groups: string[] | null;
  ids: (number | null)[];
  offset: number;
  totals: number[];
  unit: string;
  faintest: number;
  deepest: number;
  z: number;
  furthest: number;
  longest: number;
  decimals: number;
  has_triangles: boolean;
  has_intervals: boolean;
  interval_words: string;
  hues: ("quiet" | "up" | "down" | "mixed")[];
  floor_words: string | null;
  direction_words: string | null;
  overlaps: string[];
  notes: string[];
  above: MatrixAboveWire | null;
  change: MatrixChangeWire | null;
}

export interface MatrixChangeWire {
  before: string;
  after: string;
  offset: number;
}

export interface MatrixAboveWire {
  captions: string[];
  offset: number;
  totals: number[];
  deepest: number;
  furthest: number;
  longest: number;
  decimals: number;
  has_intervals: boolean;
  floor_words: string | null;
}

export interface MatrixMomentWire {
  step: number;
  label: string;
  captions: string[];
  offset: number;
  totals: number[];
  unit: string;
  deepest: number;
  furthest: number;
  longest: number;
  decimals: number;
  has_triangles: boolean;
  has_intervals: boolean;
  interval_words: string;
  hues: ("quiet" | "up" | "down" | "mixed")[];
  floor_words: string | null;
  direction_words: string | null;
  overlaps: string[];
  notes: string[];
}

export interface LayerChoiceWire {
  key: string;
  label: string;
}

export type TrainerStatus = "ready" | "training" | "paused" | "finished" | "error";

export type StepSize = "batch" | "epoch" | "sample";

export type CommandKind = "play" | "pause" | "step" | "discard" | "reset" | "stop" | "rewind" | "learning_rate" | "speed" | "batch_size" | "retire" | "follow";

export interface LayerChangeWire {
  layer: string;
  change: number;
  share: number | null;
  largest: string;
  before: number;
  after: number;
}

export interface PreviewWire {
  row: number;
  rows: number;
  loss: number | null;
  layers: LayerChangeWire[];
}

export interface HealthWire {
  kind: string;
  text: string;
  meaning: string;
  step: number;
}

export interface TrainerWire {
  status: "ready" | "training" | "paused" | "finished" | "error";
  error: string | null;
  note: string | null;
  closed: boolean;
  updates: number;
  epoch: number;
  batch: number;
  epochs: number | null;
  steps_per_epoch: number;
  batch_size: number;
  batch_sizes: number[];
  learning_rate: number | null;
  fixed_rate: string | null;
  optimizer: string;
  updates_per_second: number | null;
  speed: number | null;
  latest: number;
  recorded: boolean;
  health: HealthWire[];
  checked: string[];
  preview: PreviewWire | null;
}

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

export interface SlidingWire {
  rows: number;
  columns: number;
  channels: number;
  strides: number[];
  dilation: number[];
  padded: number[];
  input_rows: number;
  input_columns: number;
  input_channels: number;
  on_picture: boolean;
  kernel_scale: number;
  input_scale: number;
}

export type InputKind = "grey" | "rgb" | "sequence";

export interface InputWire {
  name: string;
  kind: "grey" | "rgb" | "sequence";
  bands: number;
  rows: number;
  columns: number;
  all_rows: number;
  all_columns: number;
  low: number;
  high: number;
}

export interface FeatureMapsWire {
  layer: string;
  type: string;
  activation: string | null;
  channels: number;
  rows: number;
  columns: number;
  all_rows: number;
  all_columns: number;
  flat: boolean;
  first_unit: number;
  sample: number | null;
  samples: number;
  averaged: number;
  scale: number;
  before_scale: number;
  input: InputWire | null;
  classes: number[];
  class_names: string[];
  predicted: number | null;
  importance: string;
  attribution: string;
  grad_cam_error: string | null;
  attribution_error: string | null;
  sliding: SlidingWire | null;
  sliding_error: string | null;
  arrays: ArrayWire[];
}

export interface PlaneWire {
  lanes: string[];
  features: number[];
  others: number;
  steps: number;
  block: number;
  words: string;
}

export interface ImageMapsWire {
  captions: string[];
  rows: number;
  columns: number;
  all_rows: number;
  all_columns: number;
  bands: number;
  classes: string[];
  class_ids: number[];
  all_classes: number;
  column_kind: string;
  regions: string[];
  regions_words: string;
  unit: string;
  faintest: number;
  deepest: number;
  furthest: number;
  z: number;
  decimals: number;
  has_triangles: boolean;
  has_intervals: boolean;
  interval_words: string;
  hues: string[];
  direction_words: string | null;
  plane: PlaneWire | null;
  arrays: ArrayWire[];
}

export interface ShownPictureWire {
  name: string;
  words: string;
  is_misread: boolean;
  rows: number;
  columns: number;
  bands: number;
  predicted: number | null;
}

export interface ImageEvidenceWire {
  name: string;
  over: string;
  classes: string[];
  sent: number[];
  predicted: number | null;
  truth: number | null;
  has_classes: boolean;
  start_name: string;
  end_name: string;
  gap: number;
  rows: number;
  columns: number;
  picture_rows: number;
  picture_columns: number;
  bands: number;
  regions: string[];
  plane: PlaneWire | null;
  text: TextWire | null;
  note: string;
  arrays: ArrayWire[];
}

export interface TextWire {
  tokens: string[];
  padding: number[];
  ids: (number | null)[];
}

export type Of = "input" | "output" | "true" | "error";

export interface OutputTileWire {
  name: string;
  foot: string;
  of: "input" | "output" | "true" | "error";
  channel: number | null;
  rows: number;
  columns: number;
  bands: number;
  start: number;
}

export interface OutputPicturesWire {
  caption: string;
  is_sequence: boolean;
  tiles: OutputTileWire[];
}

export interface OutputRegionsWire {
  names: string[];
  rows: number;
  columns: number;
  channels: string[];
}
