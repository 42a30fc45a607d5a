/** Puts the page together once its data are read. */
import { createControls, listenToKeys } from "./controls.js";
import { loadReport } from "./data.js";
import { element, part } from "./dom.js";
import { showPanel } from "./panel.js";
import { createPlayer } from "./player.js";
import { createPlots } from "./plots.js";
import { createStage } from "./stage.js";
import { syncWithFrame } from "./sync.js";
import { createTheme } from "./theme.js";
import { showVideo } from "./video.js";

/** @typedef {import("./types.js").Report} Report */
/** @typedef {import("./scene.js").MakeAvatars} MakeAvatars */

/** @param {MakeAvatars | null} makeAvatars */
async function start(makeAvatars) {
  const report = await loadReport();
  const player = createPlayer(report.time.data);
  const title = [report.title, report.label].filter(Boolean).join(" – ");
  document.title = `${title} – borelli`;
  part("title").textContent = title;

  const video = report.video ? showVideo(part("video"), report.video, player) : null;
  part("video").hidden = !video;
  part("stage").classList.toggle("alone", !video);
  const plots = createPlots(part("plots"), report, player);
  const controls = createControls(player, report.time.data);
  const stage = createStage(part("view"), report, player, video, makeAvatars);
  const theme = createTheme(() => {
    plots.redraw();
    stage.repaint();
  });

  let chosen = 0;
  const choose = (/** @type {number} */ index) => {
    chosen = index;
    const person = report.people[index];
    document.querySelectorAll("#people button").forEach((b, i) => b.setAttribute("aria-pressed", String(i === index)));
    plots.choose(index);
    controls.choose(person);
    stage.choose(index);
    showPanel(part("panel"), part("more"), report, person);
  };
  offerPeople(report, choose);
  explainOnlyWhatIsThere(report.people);
  choose(0);

  listenToKeys(player, {
    ...Object.fromEntries(["front", "side", "top", "camera"].map((name, i) => [String(i + 1), () => stage.view(name)])),
    "5": () => stage.view("everyone"),
    "0": () => stage.view("orbit"),
    f: () => stage.view("follow"),
    p: () => choose((chosen + 1) % report.people.length),
    t: theme.toggle,
    "?": () => /** @type {HTMLDialogElement} */ (part("help")).showModal(),
  });
  part("help-button").addEventListener("click", () => /** @type {HTMLDialogElement} */ (part("help")).showModal());
  syncWithFrame(player, stage);
  if (!document.getElementById("borelli-data")) reloadWhenChanged(player);

  return {
    state: () => ({
      time: player.time,
      frame: player.frame,
      frames: player.frames,
      playing: player.playing,
      speed: player.speed,
      person: chosen,
      ...stage.state(),
    }),
    seek: player.seek,
    play: player.play,
    pause: player.pause,
    step: player.step,
    speed: player.setSpeed,
    person: choose,
    view: stage.view,
    theme: theme.set,
  };
}

/**
 * @param {Report} report
 * @param {(index: number) => void} choose
 */
function offerPeople(report, choose) {
  const host = part("people");
  host.hidden = report.people.length < 2;
  report.people.forEach((person, index) => {
    const dot = element("span", { class: "dot" });
    dot.style.background = person.color;
    const button = element("button", { type: "button", class: "chip" }, dot, person.name);
    button.addEventListener("click", () => choose(index));
    host.append(button);
  });
}

/**
 * Leaves out of the legends what nobody has.
 * @param {import("./types.js").Person[]} people
 */
function explainOnlyWhatIsThere(people) {
  part("band-key").hidden = !people.some(({ value_sigma }) => value_sigma);
  part("doubt-key").hidden = !people.some(({ explained }) => explained);
  part("force-key").hidden = !people.some(({ force }) => force);
}

/**
 * Loads the page anew when the run has changed, at the moment it showed before.
 * @param {import("./player.js").Player} player
 */
function reloadWhenChanged(player) {
  const key = `borelli-moment ${location.pathname}`;
  const before = sessionStorage.getItem(key);
  if (before !== null) player.seek(Number(before));
  sessionStorage.removeItem(key);
  new EventSource("events").addEventListener("reload", () => {
    sessionStorage.setItem(key, String(player.time));
    location.reload();
  });
}

/**
 * Starts the page when its data are there; `window.borelli` then drives and describes it.
 * @param {MakeAvatars | null} makeAvatars null in the page without Spark
 */
export function openPage(makeAvatars) {
  const loaded = new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve));
  const ready = loaded.then(() => start(makeAvatars));
  const api = { ready };
  Object.assign(window, { borelli: api });
  ready.then(
    (methods) => Object.assign(api, methods),
    (error) => {
      part("title").textContent = `This page cannot be shown: ${error.message}`;
      console.error(error);
    },
  );
}
