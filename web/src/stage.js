/** The 3D view on the page: its size, its sharpness, and what the page tells of it. */
import { offerLayers, offerViews } from "./buttons.js";
import { createBackdrop } from "./backdrop.js";
import { startLoop } from "./loop.js";
import { createScene } from "./scene.js";

/** @typedef {import("./types.js").Report} Report */
/** @typedef {import("./player.js").Player} Player */
/** @typedef {{still: number, ratio: number}} Sharpness pixels drawn per pixel of the page: at rest, while playing */

/**
 * @param {HTMLElement} host
 * @param {Report} report
 * @param {Player} player
 * @param {import("./video.js").VideoClock | null} video
 * @param {import("./scene.js").MakeAvatars | null} makeAvatars
 */
export function createStage(host, report, player, video, makeAvatars) {
  const loop = startLoop(player, video);
  const { scene, error } = attempt(host, report, loop.changed, makeAvatars);
  const sharpness = { still: Math.min(devicePixelRatio, 2), ratio: Math.min(devicePixelRatio, 2) };
  /** @type {((name: string) => void)[]} */
  const listeners = [];
  let view = (/** @type {string} */ _) => {};
  if (scene) {
    const resize = () => {
      const { width, height } = host.getBoundingClientRect();
      if (width > 0) scene.resize(width, height, player.playing ? sharpness.ratio : sharpness.still);
    };
    if (scene.software) sharpness.ratio = 0.75;
    const backdrop = video && report.camera ? createBackdrop(host, video.picture, report.camera) : null;
    const draw = () => {
      const filmed = scene.views.name === "camera" && scene.shown.camera && (backdrop?.there() ?? false);
      scene.draw(player.frame, player.playing, filmed);
      backdrop?.show(filmed, player.playing ? sharpness.ratio : sharpness.still);
    };
    video?.onPicture(loop.changed);
    resize();
    draw();
    view = offerViews(scene, report, loop.changed, (name) => listeners.forEach((tell) => tell(name)));
    view("orbit");
    offerLayers(scene, report, loop.changed);
    new ResizeObserver(resize).observe(host);
    player.on("state", resize);
    loop.draw(scene, draw, sharpness, resize);
  }

  return {
    scene,
    /** Takes the name of a view, or "follow". */
    view,
    /** @param {(name: string) => void} listener called with each view chosen */
    onView: (listener) => void listeners.push(listener),
    repaint() {
      const style = getComputedStyle(document.documentElement);
      const [floor, grid, quiet] = ["floor", "grid", "quiet"].map((name) => style.getPropertyValue(`--${name}`).trim());
      scene?.paint(floor, grid, quiet);
    },
    /** @param {number} index */
    choose(index) {
      scene?.choose(index);
    },
    state: () => ({
      view: scene?.views.name ?? null,
      follow: scene?.views.follow ?? false,
      webgl: scene !== null,
      pixelRatio: sharpness.ratio,
      splats: scene?.avatars ?? false,
      error,
      ...loop.counts,
    }),
  };
}

/** @typedef {ReturnType<typeof createStage>} Stage */

/**
 * The 3D view, or one line that says why there is none.
 * @param {HTMLElement} host
 * @param {Report} report
 * @param {() => void} changed
 * @param {import("./scene.js").MakeAvatars | null} makeAvatars
 */
function attempt(host, report, changed, makeAvatars) {
  try {
    return { scene: createScene(host, report, changed, makeAvatars), error: null };
  } catch (reason) {
    const error = reason instanceof Error ? reason.message : String(reason);
    host.classList.add("missing");
    host.dataset.note = `No 3D view: ${error}. Video, curves and verdicts work without it.`;
    return { scene: null, error };
  }
}
