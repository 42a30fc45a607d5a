/** Which charts a person has: one per joint angle with left and right together, and the ground forces. */

import { whilePresent } from "./scale.js";

/** @typedef {import("./types.js").Person} Person */
/** @typedef {import("./types.js").Report} Report */
/** @typedef {import("./plot.js").Chart} Chart */
/** @typedef {Chart & {key: string, group: string, definition: string}} NamedChart */

export const FORCES = "ground force";

/**
 * @param {Report} report
 * @param {Person} person
 * @returns {NamedChart[]}
 */
export function personCharts(report, person) {
  const present = person.present?.data ?? null;
  const gaps = shade(person.valid?.data, present, "gap");
  const doubts = shade(person.explained?.data, present, "doubt");
  const charts = angleCharts(report, person).map((chart) => ({ ...chart, present, shades: gaps }));
  if (!person.foot_force) return charts;
  const { left, right } = person.foot_force;
  const curve = { sigma: null, stride: 1, offset: 0 };
  charts.push({
    key: FORCES,
    group: FORCES,
    title: "Vertical ground force",
    definition: "vertical force of the ground on each foot, in body weights",
    unit: "× weight",
    curves: [
      { ...curve, values: left.data, side: "l" },
      { ...curve, values: right.data, side: "r" },
    ],
    lower: null,
    upper: null,
    zero: true,
    present,
    shades: [...doubts, ...gaps],
  });
  return charts;
}

/**
 * @param {Report} report
 * @param {Person} person
 * @returns {NamedChart[]}
 */
function angleCharts(report, person) {
  const count = report.coordinates.length;
  /** @type {Map<string, NamedChart>} */
  const charts = new Map();
  report.coordinates.forEach((coordinate, n) => {
    const key = coordinate.side === "c" ? coordinate.name : coordinate.name.replace(/_[lr]$/, "");
    const chart = charts.get(key) ?? {
      key,
      group: coordinate.group,
      title: coordinate.label,
      definition: explain(coordinate),
      unit: coordinate.unit,
      curves: [],
      lower: coordinate.lower,
      upper: coordinate.upper,
      zero: false,
      present: null,
      shades: [],
    };
    chart.curves.push({
      values: person.values.data,
      sigma: person.value_sigma?.data ?? null,
      stride: count,
      offset: n,
      side: coordinate.side,
    });
    charts.set(key, chart);
  });
  for (const chart of charts.values()) chart.curves.sort((a, b) => a.side.localeCompare(b.side));
  return [...charts.values()];
}

/** @param {import("./types.js").Coordinate} coordinate */
function explain({ name, definition, positive }) {
  return [name.replace(/_[lr]$/, ""), definition, positive && `positive: ${positive}`].filter(Boolean).join("; ");
}

/**
 * @param {import("./types.js").Numbers | undefined} mask
 * @param {import("./types.js").Numbers | null} present
 * @param {"gap" | "doubt"} colour
 * @returns {import("./plot.js").Shade[]}
 */
function shade(mask, present, colour) {
  return mask ? [{ mask: whilePresent(mask, present), colour }] : [];
}
