/** Play, step, scrub, speed, keyboard. */
import { part } from "./dom.js";
import { runs, whilePresent } from "./scale.js";

/** @typedef {import("./player.js").Player} Player */
/** @typedef {import("./types.js").Person} Person */

/** @param {Player} player @param {ArrayLike<number>} times */
export function createControls(player, times) {
  const play = part("play");
  const bar = /** @type {HTMLInputElement} */ (part("scrub"));
  const clock = part("clock");
  const speed = /** @type {HTMLSelectElement} */ (part("speed"));
  const length = player.last - player.first;
  if (player.frames < 2) part("transport").hidden = true;

  bar.max = String(player.frames - 1);
  bar.addEventListener("input", () => player.seek(times[Number(bar.value)]));
  play.addEventListener("click", () => toggle(player));
  part("back").addEventListener("click", () => player.step(-1));
  part("forward").addEventListener("click", () => player.step(1));
  speed.addEventListener("change", () => player.setSpeed(Number(speed.value)));

  const digits = length < 100 ? 2 : 1;
  const showTime = () => {
    bar.value = String(player.frame);
    const now = (player.time - player.first).toFixed(digits);
    clock.textContent = `${now} / ${length.toFixed(digits)} s · frame ${player.frame}`;
    bar.setAttribute("aria-valuetext", `${now} seconds`);
  };
  const showState = () => {
    play.classList.toggle("on", player.playing);
    play.setAttribute("aria-label", player.playing ? "Pause" : "Play");
    speed.value = String(player.speed);
  };
  player.on("time", showTime);
  player.on("state", showState);
  showTime();
  showState();

  return {
    /** Marks on the bar where the chosen person is interpolated or absent. @param {Person} person */
    choose(person) {
      const strip = part("strip");
      const present = person.present?.data ?? null;
      const spans = (/** @type {import("./types.js").Numbers | null | undefined} */ mask, /** @type {string} */ name) =>
        (mask ? runs(mask, times) : []).map(([from, to]) => {
          const mark = document.createElement("i");
          mark.className = name;
          const left = Math.max((from - player.first) / length, 0);
          const right = Math.min((to - player.first) / length, 1);
          mark.style.left = `${100 * left}%`;
          mark.style.width = `${100 * (right - left)}%`;
          return mark;
        });
      strip.replaceChildren(
        ...spans(person.explained && whilePresent(person.explained.data, present), "doubt"),
        ...spans(person.valid && whilePresent(person.valid.data, present), "gap"),
        ...spans(present, "absent"),
      );
    },
  };
}

/** @param {Player} player */
export function toggle(player) {
  if (player.playing) player.pause();
  else player.play();
}

/**
 * Keys of the whole page, except where something is typed or chosen.
 * @param {Player} player
 * @param {Record<string, () => void>} others
 */
export function listenToKeys(player, others) {
  const second = Math.max(1, Math.round((player.frames - 1) / Math.max(player.last - player.first, 1e-9)));
  /** @type {Record<string, () => void>} */
  const actions = {
    " ": () => toggle(player),
    ArrowLeft: () => player.step(-1),
    ArrowRight: () => player.step(1),
    "Shift+ArrowLeft": () => player.step(-second),
    "Shift+ArrowRight": () => player.step(second),
    Home: () => player.seek(player.first),
    End: () => player.seek(player.last),
    "[": () => player.setSpeed(Math.max(player.speed / 2, 0.25)),
    "]": () => player.setSpeed(Math.min(player.speed * 2, 2)),
    ...others,
  };
  document.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || target.matches("select, dialog *")) return;
    if (event.key === " " && target.matches("button, a, input[type=checkbox]")) return;
    const action = actions[event.shiftKey && event.key.startsWith("Arrow") ? `Shift+${event.key}` : event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
