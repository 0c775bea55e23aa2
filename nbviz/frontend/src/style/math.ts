/** The functions of Math by themselves: a bundler can shorten their names, and they are called in many places. */

export const { abs, ceil, floor, hypot, max, min, round } = Math;
