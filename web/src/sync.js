/** Keeps several pages in step: each tells the page around it what its user did, and does what it is told. */

/** @typedef {import("./player.js").Player} Player */

/**
 * @param {Player} player
 * @param {import("./scene.js").SceneView | null} scene
 */
export function syncWithFrame(player, scene) {
  if (window.parent === window) return;
  let told = false;
  const tell = (/** @type {object} */ message) => {
    if (!told) window.parent.postMessage(message, "*");
  };
  const tellTime = () => tell({ borelli: "time", time: player.time - player.first, playing: player.playing, speed: player.speed });
  player.on("seek", tellTime);
  player.on("state", tellTime);
  scene?.views.controls.addEventListener("change", () => {
    const { free, controls } = scene.views;
    if (scene.views.name !== "camera") tell({ borelli: "camera", position: free.position.toArray(), target: controls.target.toArray() });
  });

  window.addEventListener("message", ({ data, source }) => {
    if (source !== window.parent || !data) return;
    told = true;
    if (data.borelli === "time") {
      const moment = player.first + data.time;
      if (data.speed && data.speed !== player.speed) player.setSpeed(data.speed);
      if (!data.playing) player.pause();
      if (Math.abs(moment - player.time) > (data.playing ? 0.1 : 1e-6)) player.seek(moment);
      if (data.playing) player.play();
    }
    if (data.borelli === "camera" && scene) {
      scene.views.name = "orbit";
      scene.views.free.position.fromArray(data.position);
      scene.views.controls.target.fromArray(data.target);
      scene.views.controls.update();
    }
    told = false;
  });
}
