/** One curve chart on a canvas: lines with bands, limits, shaded spans. The cursor is an element of its own. */
import { inside, runs, ticks, valueRange } from "./scale.js";

/** @typedef {{values: ArrayLike<number>, sigma: ArrayLike<number> | null, stride: number, offset: number, side: "l" | "r" | "c"}} Curve */
/** @typedef {{mask: ArrayLike<number>, colour: "gap" | "doubt"}} Shade */
/** @typedef {{title: string, unit: string, curves: Curve[], lower: number | null, upper: number | null, shades: Shade[], zero: boolean, present: ArrayLike<number> | null}} Chart */

export const MARGIN = { left: 40, right: 8, top: 6, bottom: 16 };

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Chart} chart
 * @param {ArrayLike<number>} times
 * @param {[number, number]} span seconds shown
 * @param {Record<string, string>} colours
 */
export function drawChart(canvas, chart, times, span, colours) {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const context = canvas.getContext("2d");
  if (!context || !width) return;
  canvas.width = Math.round(width * devicePixelRatio);
  canvas.height = Math.round(height * devicePixelRatio);
  context.scale(devicePixelRatio, devicePixelRatio);
  const [low, high] = valueRange(chart, times.length);
  const right = width - MARGIN.right;
  const bottom = height - MARGIN.bottom;
  const x = (/** @type {number} */ t) => MARGIN.left + ((t - span[0]) / (span[1] - span[0])) * (right - MARGIN.left);
  const y = (/** @type {number} */ v) => bottom - ((v - low) / (high - low)) * (bottom - MARGIN.top);

  drawAxes(context, { low, high, span, x, y, right, bottom }, colours);
  context.save();
  context.beginPath();
  context.rect(MARGIN.left, MARGIN.top, right - MARGIN.left, bottom - MARGIN.top);
  context.clip();
  for (const { mask, colour } of chart.shades) {
    context.fillStyle = colours[colour];
    for (const [a, b] of runs(mask, times)) context.fillRect(x(a), MARGIN.top, Math.max(x(b) - x(a), 1), bottom - MARGIN.top);
  }
  drawLimits(context, chart, y, right, colours);
  for (const curve of chart.curves) drawBand(context, curve, chart.present, times, span, x, y, colours[curve.side]);
  for (const curve of chart.curves) drawLine(context, curve, chart.present, times, span, x, y, colours[curve.side]);
  context.restore();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {{low: number, high: number, span: [number, number], x: (t: number) => number, y: (v: number) => number, right: number, bottom: number}} frame
 * @param {Record<string, string>} colours
 */
function drawAxes(context, { low, high, span, x, y, right, bottom }, colours) {
  context.font = "11px system-ui, sans-serif";
  context.fillStyle = colours.quiet;
  context.lineWidth = 1;
  context.strokeStyle = colours.line;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const value of ticks(low, high, 4)) {
    const at = Math.round(y(value)) + 0.5;
    context.beginPath();
    context.moveTo(MARGIN.left, at);
    context.lineTo(right, at);
    context.stroke();
    if (at < bottom - 4) context.fillText(String(value).replace("-", "−"), MARGIN.left - 5, at);
  }
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const second of ticks(span[0], span[1], Math.max((right - MARGIN.left) / 90, 2))) {
    context.fillText(`${second} s`, Math.min(x(second), right - 8), bottom + 3);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Chart} chart
 * @param {(v: number) => number} y
 * @param {number} right
 * @param {Record<string, string>} colours
 */
function drawLimits(context, chart, y, right, colours) {
  context.strokeStyle = colours.limit;
  context.setLineDash([5, 4]);
  for (const limit of [chart.lower, chart.upper]) {
    if (limit === null) continue;
    context.beginPath();
    context.moveTo(MARGIN.left, y(limit));
    context.lineTo(right, y(limit));
    context.stroke();
  }
  context.setLineDash([]);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Curve} curve
 * @param {ArrayLike<number> | null} present
 * @param {ArrayLike<number>} times
 * @param {[number, number]} span
 * @param {(t: number) => number} x
 * @param {(v: number) => number} y
 * @param {string} colour
 */
function drawLine(context, { values, stride, offset }, present, times, span, x, y, colour) {
  context.strokeStyle = colour;
  context.lineWidth = 1.6;
  context.lineJoin = "round";
  context.beginPath();
  let open = false;
  let column = NaN;
  let [least, most] = [0, 0];
  const [from, to] = inside(times, span);
  for (let t = from; t <= to; t++) {
    const value = values[t * stride + offset];
    if (!Number.isFinite(value) || (present && !present[t])) {
      open = false;
      continue;
    }
    const [px, py] = [x(times[t]), y(value)];
    // many frames in one column of pixels: only what widens the column's line is drawn
    const same = open && Math.floor(px) === column;
    if (same && py >= least && py <= most) continue;
    [least, most] = same ? [Math.min(least, py), Math.max(most, py)] : [py, py];
    column = Math.floor(px);
    if (open) context.lineTo(px, py);
    else context.moveTo(px, py);
    open = true;
  }
  context.stroke();

}

/**
 * Two standard deviations to each side.
 * @param {CanvasRenderingContext2D} context
 * @param {Curve} curve
 * @param {ArrayLike<number> | null} present
 * @param {ArrayLike<number>} times
 * @param {[number, number]} span
 * @param {(t: number) => number} x
 * @param {(v: number) => number} y
 * @param {string} colour
 */
function drawBand(context, { values, sigma, stride, offset }, present, times, span, x, y, colour) {
  if (!sigma) return;
  const [from, to] = inside(times, span);
  const step = Math.max(1, Math.floor((to - from) / 1500));
  context.fillStyle = colour;
  context.globalAlpha = 0.16;
  let start = from;
  while (start <= to) {
    let end = start;
    const known = (/** @type {number} */ t) =>
      t <= to && (!present || present[t] > 0) && Number.isFinite(values[t * stride + offset] + sigma[t * stride + offset]);
    while (known(end)) end += step;
    if (end > start) {
      context.beginPath();
      for (let t = start; t < end; t += step) context.lineTo(x(times[t]), y(values[t * stride + offset] + 2 * sigma[t * stride + offset]));
      for (let t = end - step; t >= start; t -= step) context.lineTo(x(times[t]), y(values[t * stride + offset] - 2 * sigma[t * stride + offset]));
      context.fill();
    }
    start = end + step;
  }
  context.globalAlpha = 1;
}
