/** Advances time while playing, and draws the 3D view when something in it changed. */

/** @typedef {import("./player.js").Player} Player */
/** @typedef {import("./scene.js").SceneView} SceneView */
/** @typedef {import("./stage.js").Sharpness} Sharpness */

/** Milliseconds per picture beyond which fewer pixels are drawn, and below which more. */
const SLOW = 80;
const FAST = 24;
const LEAST_RATIO = 0.5;

/**
 * @param {Player} player
 * @param {import("./video.js").VideoClock | null} video
 */
export function startLoop(player, video) {
  const counts = { drawnFrames: 0, fps: 0, firstFrameMs: NaN };
  let dirty = true;
  let before = NaN;
  let pace = NaN;
  let draw = () => {};
  const tick = (/** @type {number} */ now) => {
    const passed = Math.min(now - before || 0, 500);
    before = now;
    if (player.playing) {
      advance(player, video, passed / 1000);
      pace = Number.isNaN(pace) ? 1000 / 30 : pace + (passed - pace) * 0.1;
      counts.fps = 1000 / pace;
    } else pace = NaN;
    if (dirty) draw();
    requestAnimationFrame(tick);
  };
  player.on("time", () => (dirty = true));
  requestAnimationFrame(tick);

  return {
    counts,
    changed: () => void (dirty = true),
    /**
     * From now on draws a scene.
     * @param {SceneView} scene
     * @param {() => void} draw3D
     * @param {Sharpness} sharpness
     * @param {() => void} resize
     */
    draw(scene, draw3D, sharpness, resize) {
      draw = () => {
        draw3D();
        // what drawing itself moved, such as a camera that follows, is in the picture already
        dirty = false;
        counts.drawnFrames++;
        if (counts.drawnFrames === 1) whenThere(scene, () => (counts.firstFrameMs = performance.now()));
        if (player.playing && counts.drawnFrames % 20 === 0 && adapt(sharpness, pace)) resize();
      };
    },
  };
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
  else player.seek(player.first);
}

/**
 * Asks again and again, without holding anything up, whether what was drawn by now is really there.
 * @param {SceneView} scene
 * @param {() => void} done
 */
function whenThere(scene, done) {
  const context = /** @type {WebGL2RenderingContext} */ (scene.renderer.getContext());
  const fence = context.fenceSync(context.SYNC_GPU_COMMANDS_COMPLETE, 0);
  context.flush();
  const ask = () => {
    if (!fence || context.getSyncParameter(fence, context.SYNC_STATUS) === context.SIGNALED) done();
    else requestAnimationFrame(ask);
  };
  requestAnimationFrame(ask);
}

/**
 * Fewer pixels where drawing is slow, more where there is time; true when that changed.
 * @param {Sharpness} sharpness
 * @param {number} pace milliseconds per picture
 */
function adapt(sharpness, pace) {
  const before = sharpness.ratio;
  if (pace > SLOW) sharpness.ratio = Math.max(before * 0.8, LEAST_RATIO);
  else if (pace < FAST) sharpness.ratio = Math.min(before * 1.25, sharpness.still);
  return sharpness.ratio !== before;
}
