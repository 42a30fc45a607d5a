/** Ranges, ticks and spans of the charts. */

/** @typedef {import("./plot.js").Chart} Chart */

/**
 * Smallest and largest value a chart must show: all curves, and a limit when the curves come near it.
 * @param {Chart} chart
 * @param {number} frames
 * @returns {[number, number]}
 */
export function valueRange(chart, frames) {
  let low = Infinity;
  let high = -Infinity;
  for (const { values, stride, offset } of chart.curves) {
    for (let t = 0; t < frames; t++) {
      const value = values[t * stride + offset];
      if (!Number.isFinite(value) || (chart.present && !chart.present[t])) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (low > high) return [0, 1];
  const least = chart.unit === "deg" ? 10 : 0.1;
  const reach = 0.25 * Math.max(high - low, least);
  if (chart.lower !== null && low - reach < chart.lower) low = Math.min(low, chart.lower);
  if (chart.upper !== null && high + reach > chart.upper) high = Math.max(high, chart.upper);
  if (chart.zero) [low, high] = [Math.min(low, 0), Math.max(high, 0)];
  const pad = Math.max(0.06 * (high - low), 0.5 * (least - (high - low)));
  return [low - pad, high + pad];
}

/**
 * Round numbers that divide a range.
 * @param {number} low
 * @param {number} high
 * @param {number} count about how many
 */
export function ticks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((k) => k * power).find((size) => size >= rough) ?? rough;
  const result = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) result.push(Number((i * step).toPrecision(12)));
  return result;
}

/**
 * First and last frame of a span, one beyond each end.
 * @param {ArrayLike<number>} times
 * @param {[number, number]} span
 * @returns {[number, number]}
 */
export function inside(times, span) {
  let [from, to] = [0, times.length - 1];
  while (from < to && times[from + 1] < span[0]) from++;
  while (to > from && times[to - 1] > span[1]) to--;
  return [from, to];
}

/**
 * A mask that is zero only where the person is there.
 * @param {import("./types.js").Numbers} mask
 * @param {import("./types.js").Numbers | null} present
 */
export function whilePresent(mask, present) {
  return present ? mask.map((value, t) => (present[t] ? value : 1)) : mask;
}

/**
 * Spans of time in which a mask is zero, half a frame wider on both sides.
 * @param {ArrayLike<number>} mask
 * @param {ArrayLike<number>} times
 * @returns {[number, number][]}
 */
export function runs(mask, times) {
  const half = times.length > 1 ? (times[times.length - 1] - times[0]) / (times.length - 1) / 2 : 0;
  /** @type {[number, number][]} */
  const result = [];
  for (let t = 0; t < mask.length; t++) {
    if (mask[t]) continue;
    const begin = t;
    while (t + 1 < mask.length && !mask[t + 1]) t++;
    result.push([times[begin] - half, times[t] + half]);
  }
  return result;
}
