/** What to trust and what not, facts, certificate and files. */
import { element } from "./dom.js";

/** @typedef {import("./types.js").Report} Report */
/** @typedef {import("./types.js").Person} Person */

/** Paths in a square of 16. */
const MARK = {
  good: "M3.5 8.5l3 3 6-7",
  care: "M8 3.5v6M8 11.8v.6",
  bad: "M4.5 4.5l7 7M11.5 4.5l-7 7",
  info: "M8 7v5.5M8 3.6v.6",
};
const SAID = { good: "good", care: "with care", bad: "partly unusable", info: "not judged" };

/**
 * @param {HTMLElement} beside for what must be read
 * @param {HTMLElement} below for what may be
 * @param {Report} report
 * @param {Person} person
 */
export function showPanel(beside, below, report, person) {
  beside.replaceChildren(...verdict(person), ...facts(person), ...notes(report));
  below.replaceChildren(...certificate(person), ...downloads(report, person));
}

/** @param {Person} person */
function verdict(person) {
  if (!person.verdict?.lines.length) return [];
  const { grade, lines } = person.verdict;
  return [section("What to trust", remarks(lines), element("span", { class: `badge ${grade}` }, SAID[grade]))];
}

/** @param {import("./types.js").Remark[]} lines */
function remarks(lines) {
  const items = lines.map(({ level, text }) =>
    element(
      "li",
      { class: level },
      mark(level),
      element("span", {}, text),
    ),
  );
  return element("ul", { class: "remarks" }, ...items);
}

/** @param {import("./types.js").Level} level */
function mark(level) {
  const span = element("span", { class: "mark", role: "img", "aria-label": SAID[level] });
  span.innerHTML = `<svg viewBox="0 0 16 16"><path d="${MARK[level]}"/></svg>`;
  return span;
}

/** @param {Person} person */
function facts(person) {
  if (!person.facts?.length) return [];
  const rows = person.facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]);
  return [section("Facts", element("dl", { class: "facts" }, ...rows))];
}

/** @param {Person} person */
function certificate(person) {
  if (!person.certificate?.rows.length) return [];
  const { header, rows } = person.certificate;
  const lines = rows.map(([what, ...cells]) => {
    const name = element("th", { scope: "row", class: what.startsWith(" ") ? "part" : "" }, what.trim());
    return element("tr", {}, name, ...cells.map((cell) => element("td", {}, cell)));
  });
  const names = header.map((name) => element("th", { scope: "col" }, name));
  const table = element("table", {}, element("thead", {}, element("tr", {}, ...names)), element("tbody", {}, ...lines));
  return [section("Physics certificate", element("div", { class: "scroll" }, table))];
}

/** @param {Report} report */
function notes(report) {
  return report.notes?.length ? [section("The clip", remarks(report.notes))] : [];
}

/**
 * Files of the whole clip and of this person.
 * @param {Report} report
 * @param {Person} person
 */
function downloads(report, person) {
  const own = `person_${person.id}/`;
  const files = (report.downloads ?? []).filter(({ path }) => path.startsWith(own) || !path.startsWith("person_"));
  if (!files.length) return [];
  const rows = files.map(({ label, path }) =>
    element("li", {}, element("a", { href: path, download: "" }, path), element("span", {}, label)),
  );
  return [section("Files beside this page", element("ul", { class: "files" }, ...rows))];
}

/**
 * @param {string} title
 * @param {HTMLElement} content
 * @param {...HTMLElement} beside
 */
function section(title, content, ...beside) {
  return element("section", {}, element("h2", {}, title, ...beside), content);
}
