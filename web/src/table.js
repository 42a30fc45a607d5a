/** The angles of a single moment, for photos: a table instead of curves. */
import { personCharts } from "./charts.js";
import { element, written } from "./dom.js";

/** @typedef {import("./types.js").Report} Report */
/** @typedef {import("./types.js").Person} Person */

/**
 * @param {HTMLElement} host
 * @param {Report} report
 * @param {Person} person
 */
export function showTable(host, report, person) {
  const names = ["", "left", "right", "limits"].map((name) => element("th", { scope: "col" }, name));
  const rows = personCharts(report, person).map(({ title, unit, curves, lower, upper, definition }) => {
    const sign = unit === "deg" ? "°" : unit === "m" ? " m" : "";
    const said = (/** @type {string} */ side) => {
      const curve = curves.find((c) => c.side === side);
      if (!curve) return "";
      const value = curve.values[curve.offset];
      const spread = curve.sigma?.[curve.offset];
      return `${number(value, unit)}${spread ? ` ± ${number(spread, unit)}` : ""}${sign}`;
    };
    const middle = curves[0].side === "c";
    const cells = middle
      ? [element("td", { colspan: "2" }, said("c"))]
      : [element("td", { class: "l" }, said("l")), element("td", { class: "r" }, said("r"))];
    const limits = lower === null || upper === null ? "" : `${written(lower, 0)} to ${written(upper, 0)}${sign}`;
    return element("tr", {}, element("th", { scope: "row", title: definition }, title), ...cells, element("td", {}, limits));
  });
  const head = element("thead", {}, element("tr", {}, ...names));
  host.replaceChildren(element("section", {}, element("h2", {}, "Angles"), element("table", {}, head, element("tbody", {}, ...rows))));
}

/** @param {number} value @param {string} unit */
function number(value, unit) {
  return Number.isFinite(value) ? written(value, unit === "deg" ? 1 : 2) : "–";
}
