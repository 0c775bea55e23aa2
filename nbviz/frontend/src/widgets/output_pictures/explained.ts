/** Which part of an output is explained: in words, and by a click on it. */

interface Chosen {
  readonly region: number | null;
  readonly channel: number | null;
}

/** What a press on a region in the picture of a channel, null for all, has explained; pressed once more, the whole. */
export function pressedRegion(before: Chosen, region: number, channel: number | null): Chosen {
  const isSame = before.region === region && (channel === null || channel === before.channel);
  return isSame ? { ...before, region: null } : { region, channel: channel ?? before.channel };
}

export function explainedWords(of: {
  readonly regions: readonly string[];
  readonly channels: readonly string[];
  readonly region: number | null;
  readonly channel: number | null;
  readonly kernel: boolean;
}): string {
  const { regions, channels, region, channel } = of;
  const name = channel === null ? undefined : channels[channel];
  const what = channels.length < 2 ? "the output" : (name ?? "each channel");
  const over = region === null ? "all of it" : regions[region];
  const words = `What is explained is the mean of ${what} over ${over}.`;
  if (regions.length === 0 || !of.kernel) return words;
  return region === null
    ? `${words} A click on the output explains a region of it.`
    : `${words} Another click, or Esc, goes back to all of it.`;
}
