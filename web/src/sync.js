/** Keeps several pages in step: each tells the page around it what its reader did, and does what it is told. */

/** @typedef {import("./player.js").Player} Player */

/**
 * @param {Player} player
 * @param {import("./stage.js").Stage} stage
 */
export function syncWithFrame(player, stage) {
  if (window.parent === window) return;
  let told = false;
  const tell = (/** @type {object} */ message) => {
    if (!told) window.parent.postMessage(message, "*");
  };
  const tellTime = () =>
    tell({ borelli: "time", time: player.time - player.first, playing: player.playing, speed: player.speed });
  player.on("seek", tellTime);
  player.on("state", tellTime);
  stage.onView((name) => tell({ borelli: "view", name }));
  stage.scene?.onTurn((from) => tell({ borelli: "camera", ...from }));

  const obey = (/** @type {any} */ data) => {
    if (data.borelli === "time") {
      const moment = player.first + data.time;
      if (data.speed && data.speed !== player.speed) player.setSpeed(data.speed);
      if (!data.playing) player.pause();
      if (Math.abs(moment - player.time) > (data.playing ? 0.1 : 1e-6)) player.seek(moment);
      if (data.playing) player.play();
    }
    if (data.borelli === "view") stage.view(data.name);
    if (data.borelli === "camera") stage.scene?.turn(data);
  };
  window.addEventListener("message", ({ data, source }) => {
    if (source !== window.parent || !data) return;
    told = true;
    obey(data);
    told = false;
  });
}
