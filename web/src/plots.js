/** The charts below the views: choice of joints and side, cursor, values under it, click to seek, zoom. */
import { FORCES, personCharts } from "./charts.js";
import { element, written } from "./dom.js";
import { MARGIN, drawChart } from "./plot.js";
import { showTable } from "./table.js";

/** @typedef {import("./types.js").Report} Report */
/** @typedef {import("./player.js").Player} Player */
/** @typedef {import("./charts.js").NamedChart} NamedChart */
/** @typedef {{chart: NamedChart, canvas: HTMLCanvasElement, cursor: HTMLElement, readout: HTMLElement, box: HTMLElement}} Tile */

/** Seconds of a long clip shown at first. */
const LONGEST = 20;
const SIDE_NAME = { l: "L", r: "R", c: "" };

/**
 * @param {HTMLElement} host
 * @param {Report} report
 * @param {Player} player
 */
export function createPlots(host, report, player) {
  const times = report.time.data;
  const groups = [...new Set(report.coordinates.map(({ group }) => group))];
  const chosen = new Set([FORCES, ...groups.filter((group) => /hip|knee|ankle/.test(group))]);
  const sides = new Set(["l", "r", "c"]);
  if (player.frames < 2) {
    return { redraw: () => {}, choose: (/** @type {number} */ index) => showTable(host, report, report.people[index]) };
  }
  const chips = element("div", { class: "chips", role: "group", "aria-label": "Joints and sides shown" });
  const grid = element("div", { class: "plots" });
  host.prepend(chips, grid);
  /** @type {Tile[]} */
  let tiles = [];
  let person = report.people[0];
  /** @type {[number, number]} */
  const whole = [player.first, player.last];
  /** @type {[number, number]} */
  let span = [player.first, Math.min(player.last, player.first + LONGEST)];

  const redraw = () => {
    const colours = themeColours();
    for (const { chart, canvas } of tiles) {
      const curves = chart.curves.filter(({ side }) => sides.has(side));
      drawChart(canvas, { ...chart, curves }, times, span, colours);
    }
    cursor();
  };

  const cursor = () => {
    const share = (player.time - span[0]) / (span[1] - span[0]);
    for (const { chart, canvas, cursor: line, readout } of tiles) {
      const width = canvas.clientWidth - MARGIN.left - MARGIN.right;
      line.hidden = share < -1e-6 || share > 1 + 1e-6;
      line.style.transform = `translateX(${MARGIN.left + share * width}px)`;
      readout.replaceChildren(...values(chart, player.frame, sides));
    }
  };

  const rebuild = () => {
    tiles = personCharts(report, person)
      .filter(({ group }) => chosen.has(group))
      .map((chart) => createTile(chart));
    grid.replaceChildren(...tiles.map(({ box }) => box));
    redraw();
  };

  const zoom = (/** @type {[number, number]} */ next) => {
    span = next[1] - next[0] > 0.05 ? next : whole;
    redraw();
  };
  listen(grid, player, () => span, zoom);

  const available = () => [...groups, ...(report.people.some(({ foot_force }) => foot_force) ? [FORCES] : [])];
  for (const group of available()) chips.append(chip(group, chosen, group, rebuild, report.coordinates.find((one) => one.group === group)?.joint));
  chips.append(element("span", { class: "spacer" }));
  chips.append(chip("left", sides, "l", redraw), chip("right", sides, "r", redraw));
  new ResizeObserver(redraw).observe(grid);
  player.on("time", () => {
    const inside = player.time > span[0] - 1e-6 && player.time < span[1] + 1e-6;
    if (inside) return cursor();
    span = around(span, player);
    redraw();
  });

  return {
    redraw,
    /** @param {number} index */
    choose(index) {
      person = report.people[index];
      rebuild();
    },
  };
}

/**
 * The span of the same length that holds the player's moment, near its left end.
 * @param {[number, number]} span
 * @param {Player} player
 * @returns {[number, number]}
 */
function around(span, player) {
  const length = span[1] - span[0];
  const from = Math.max(Math.min(player.time - 0.1 * length, player.last - length), player.first);
  return [from, from + length];
}

/** @param {NamedChart} chart @returns {Tile} */
function createTile(chart) {
  const canvas = /** @type {HTMLCanvasElement} */ (element("canvas", { role: "img" }));
  const unit = chart.unit === "deg" ? "degrees" : chart.unit === "m" ? "metres" : chart.unit;
  canvas.setAttribute("aria-label", `${chart.title} over time, in ${unit}`);
  const cursor = element("div", { class: "cursor" });
  const readout = element("span", { class: "readout" });
  const heading = element("figcaption", { title: chart.definition }, element("b", {}, chart.title), ` ${unit}`, readout);
  return { chart, canvas, cursor, readout, box: element("figure", {}, heading, element("div", { class: "chart" }, canvas, cursor)) };
}

/**
 * The values of a chart in one frame, coloured by side.
 * @param {NamedChart} chart
 * @param {number} frame
 * @param {Set<string>} sides
 */
function values(chart, frame, sides) {
  if (chart.present && !chart.present[frame]) return [element("i", {}, "not in the clip")];
  return chart.curves
    .filter(({ side }) => sides.has(side))
    .map(({ values: data, stride, offset, side }) => {
      const value = data[frame * stride + offset];
      const digits = chart.unit === "deg" ? 1 : 2;
      const text = Number.isFinite(value) ? written(value, digits) : "–";
      return element("i", { class: side }, `${SIDE_NAME[side]} ${text}${chart.unit === "deg" ? "°" : ""}`);
    });
}

/**
 * @param {string} label
 * @param {Set<string>} set
 * @param {string} key
 * @param {() => void} changed
 * @param {string} [hint]
 */
function chip(label, set, key, changed, hint = "") {
  const button = element("button", { type: "button", class: `chip ${key}`, title: hint, "aria-pressed": String(set.has(key)) }, label);
  button.addEventListener("click", () => {
    if (!set.delete(key)) set.add(key);
    button.setAttribute("aria-pressed", String(set.has(key)));
    changed();
  });
  return button;
}

/**
 * Click or drag to seek, shift-drag to zoom into a span, double click to see everything.
 * @param {HTMLElement} grid
 * @param {Player} player
 * @param {() => [number, number]} span
 * @param {(span: [number, number]) => void} zoom
 */
function listen(grid, player, span, zoom) {
  let from = NaN;
  const second = (/** @type {PointerEvent | MouseEvent} */ event, /** @type {Element} */ canvas) => {
    const box = canvas.getBoundingClientRect();
    const share = (event.clientX - box.left - MARGIN.left) / (box.width - MARGIN.left - MARGIN.right);
    return span()[0] + Math.min(Math.max(share, 0), 1) * (span()[1] - span()[0]);
  };
  grid.addEventListener("pointerdown", (event) => {
    if (!(event.target instanceof HTMLCanvasElement)) return;
    if (event.shiftKey) from = second(event, event.target);
    else {
      player.seek(second(event, event.target));
      if (event.pointerType === "mouse") event.target.setPointerCapture(event.pointerId);
    }
  });
  grid.addEventListener("pointermove", (event) => {
    if (!(event.target instanceof HTMLCanvasElement) || !event.target.hasPointerCapture(event.pointerId)) return;
    player.seek(second(event, event.target));
  });
  grid.addEventListener("pointerup", (event) => {
    if (!Number.isNaN(from) && event.target instanceof HTMLCanvasElement) {
      const to = second(event, event.target);
      zoom([Math.min(from, to), Math.max(from, to)]);
    }
    from = NaN;
  });
  grid.addEventListener("dblclick", () => zoom([0, 0]));
}

/** Colours of the charts from the style sheet. */
function themeColours() {
  const style = getComputedStyle(document.documentElement);
  const names = ["quiet", "line", "limit", "gap", "doubt"];
  const colours = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  return /** @type {Record<string, string>} */ ({
    ...colours,
    l: style.getPropertyValue("--left").trim(),
    r: style.getPropertyValue("--right").trim(),
    c: style.getPropertyValue("--centre").trim(),
  });
}
