/** The 3D view's buttons and the loop that advances time and draws what changed. */
import { element, part } from "./dom.js";
import { createScene } from "./scene.js";

/** @typedef {import("./types.js").Report} Report */
/** @typedef {import("./player.js").Player} Player */

/** @type {Record<string, string>} */
const VIEWS = { orbit: "overview", front: "front", side: "side", top: "top", camera: "video camera" };
/** Milliseconds per picture beyond which fewer pixels are drawn, and below which more. */
const SLOW = 80;
const FAST = 24;
const LEAST_RATIO = 0.5;

/**
 * @param {HTMLElement} host
 * @param {Report} report
 * @param {Player} player
 * @param {import("./video.js").VideoClock | null} video
 * @param {import("./scene.js").MakeAvatars | null} makeAvatars
 */
export function createStage(host, report, player, video, makeAvatars) {
  const counts = { drawn: 0, fps: 0, first: NaN };
  let dirty = true;
  const changed = () => void (dirty = true);
  player.on("time", changed);
  const { scene, error } = attempt(host, report, changed, makeAvatars);
  const quality = { still: 1, ratio: 1 };

  const resize = () => {
    const box = host.getBoundingClientRect();
    if (scene && box.width > 0) scene.resize(box.width, box.height, player.playing ? quality.ratio : quality.still);
  };
  if (scene) {
    quality.still = Math.min(devicePixelRatio, 2);
    quality.ratio = scene.software ? 0.75 : quality.still;
    player.on("state", resize);
    new ResizeObserver(resize).observe(host);
    resize();
    scene.look("orbit");
  }
  const buttons = scene ? offerViews(scene, report, changed) : null;

  let before = NaN;
  let pace = 0;
  let arrived = /** @type {(() => boolean) | null} */ (null);
  const tick = (/** @type {number} */ now) => {
    const passed = Math.min(now - before || 0, 500);
    before = now;
    if (player.playing) {
      advance(player, video, passed / 1000);
      pace += (passed - pace) * 0.1;
      counts.fps = 1000 / pace;
    } else pace = 1000 / 30;
    if (arrived?.()) {
      counts.first = performance.now();
      arrived = null;
    }
    if (scene && dirty) {
      dirty = false;
      scene.draw(player.frame);
      counts.drawn++;
      if (counts.drawn === 1) arrived = awaitPicture(scene);
      if (player.playing && counts.drawn % 20 === 0) adapt(quality, pace, resize);
    }
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);

  return {
    scene,
    repaint() {
      const style = getComputedStyle(document.documentElement);
      scene?.paint(style.getPropertyValue("--floor").trim(), style.getPropertyValue("--grid").trim());
    },
    /** @param {number} index */
    choose(index) {
      scene?.choose(index);
    },
    /** @param {string} name of a view, or "follow" */
    view(name) {
      buttons?.view(name);
    },
    state: () => ({
      view: scene?.views.name ?? null,
      follow: scene?.views.follow ?? false,
      fps: counts.fps,
      drawnFrames: counts.drawn,
      firstFrameMs: counts.first,
      webgl: scene !== null,
      pixelRatio: quality.ratio,
      splats: scene?.avatars ?? false,
      error,
    }),
  };
}

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

/**
 * Moves the player's time: by the video when there is one that plays, else by the seconds passed.
 * @param {Player} player
 * @param {import("./video.js").VideoClock | null} video
 * @param {number} seconds
 */
function advance(player, video, seconds) {
  const next = video?.time() ?? player.time + seconds * player.speed;
  if (next <= player.last) player.follow(next);
  else if (player.loop) player.seek(player.first);
  else player.pause();
}

/**
 * Asks again and again, without holding anything up, whether what was drawn by now is really there.
 * @param {import("./scene.js").SceneView} scene
 */
function awaitPicture(scene) {
  const context = /** @type {WebGL2RenderingContext} */ (scene.renderer.getContext());
  const fence = context.fenceSync(context.SYNC_GPU_COMMANDS_COMPLETE, 0);
  context.flush();
  return () => fence !== null && context.getSyncParameter(fence, context.SYNC_STATUS) === context.SIGNALED;
}

/**
 * Fewer pixels where drawing is slow, more where there is time.
 * @param {{ratio: number, still: number}} quality
 * @param {number} pace milliseconds per picture
 * @param {() => void} resize
 */
function adapt(quality, pace, resize) {
  const before = quality.ratio;
  if (pace > SLOW) quality.ratio = Math.max(quality.ratio * 0.8, LEAST_RATIO);
  else if (pace < FAST) quality.ratio = Math.min(quality.ratio * 1.25, quality.still);
  if (quality.ratio !== before) resize();
}

/**
 * @param {import("./scene.js").SceneView} scene
 * @param {Report} report
 * @param {() => void} changed
 */
function offerViews(scene, report, changed) {
  const host = part("views");
  const names = Object.keys(VIEWS).filter((name) => name !== "camera" || report.camera);
  const press = () => {
    host.querySelectorAll("[data-view]").forEach((button) => {
      const name = /** @type {HTMLElement} */ (button).dataset.view;
      const on = name === "follow" ? scene.views.follow : name === scene.views.name;
      button.setAttribute("aria-pressed", String(on));
    });
  };
  const view = (/** @type {string} */ name) => {
    if (name === "follow") scene.views.follow = !scene.views.follow;
    else if (names.includes(name)) {
      scene.views.follow = name !== "orbit";
      scene.look(/** @type {import("./views.js").ViewName} */ (name));
    }
    press();
    changed();
  };
  for (const name of [...names, "follow"]) {
    const button = element("button", { type: "button", class: "chip", "data-view": name }, VIEWS[name] ?? name);
    button.addEventListener("click", () => view(name));
    host.append(button);
  }
  scene.renderer.domElement.addEventListener("viewleft", press);
  press();
  offerLayers(scene, report, changed);
  return { view };
}

/**
 * @param {import("./scene.js").SceneView} scene
 * @param {Report} report
 * @param {() => void} changed
 */
function offerLayers(scene, report, changed) {
  const { people, camera } = report;
  /** @type {[import("./scene.js").Layer, string, boolean][]} */
  const layers = [
    ["body", "surface", true],
    ["skeleton", "skeleton", true],
    ["spread", "uncertainty", people.some(({ joint_sigma }) => joint_sigma)],
    ["forces", "contacts", people.some(({ force, contact_at }) => force || contact_at)],
    ["camera", "video camera", camera !== null],
    ["avatar", "avatar", scene.avatars],
  ];
  const host = part("layers");
  for (const [layer, label, there] of layers) {
    if (!there) continue;
    const box = /** @type {HTMLInputElement} */ (element("input", { type: "checkbox" }));
    box.checked = scene.shown[layer];
    box.addEventListener("change", () => {
      scene.shown[layer] = box.checked;
      changed();
    });
    host.append(element("label", {}, box, label));
  }
}
