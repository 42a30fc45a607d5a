/** The video with overlay. While it plays it is the clock; while it rests it shows the player's moment. */

/** @typedef {import("./types.js").Film} Film */
/** @typedef {import("./player.js").Player} Player */

/**
 * @typedef {object} VideoClock
 * @property {() => number | null} time seconds of the motion now shown, or null when the video cannot be a clock
 * @property {HTMLVideoElement | HTMLImageElement} picture
 * @property {(listener: () => void) => void} onPicture called when another picture is there than before, without time having moved
 */

/**
 * @param {HTMLElement} host
 * @param {Film} film
 * @param {Player} player
 * @returns {VideoClock}
 */
export function showVideo(host, film, player) {
  if (film.image) {
    const image = document.createElement("img");
    image.src = film.image;
    image.alt = "The photo with the fitted skeleton and surface";
    host.append(image);
    return { time: () => null, picture: image, onPicture: (listener) => image.addEventListener("load", listener) };
  }
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.preload = "auto";
  video.setAttribute("aria-label", "The video with the fitted skeleton and surface");
  host.append(video);
  load(video, film.src ?? "");

  const start = film.start ?? 0;
  let usable = false;
  let wanted = /** @type {number | null} */ (null);
  let presented = NaN;
  const toVideo = (/** @type {number} */ seconds) => Math.max(seconds - start, 0) + 1e-3;

  const show = () => {
    if (!usable) return;
    presented = NaN;
    // one seek at a time: the last one asked for during a slow seek follows when it is done
    if (video.seeking) wanted = player.time;
    else video.currentTime = toVideo(player.time);
  };
  const follow = () => {
    video.playbackRate = player.speed;
    if (!usable || player.playing === !video.paused) return;
    if (player.playing) void video.play().catch(() => (usable = false));
    else {
      video.pause();
      show();
    }
  };
  video.addEventListener("loadeddata", () => {
    usable = true;
    show();
    follow();
  });
  video.addEventListener("seeked", () => {
    if (wanted === null) return;
    wanted = null;
    show();
  });
  // a video that ended has stopped: sought back to its start it must be told to play again
  video.addEventListener("seeked", follow);
  const watch = (/** @type {number} */ _, /** @type {{mediaTime: number}} */ { mediaTime }) => {
    presented = mediaTime;
    video.requestVideoFrameCallback(watch);
  };
  if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(watch);
  video.addEventListener("error", () => {
    usable = false;
    host.classList.add("missing");
    host.dataset.note = `The video ${film.src?.startsWith("data:") ? "" : film.src} cannot be shown here.`;
  });
  player.on("seek", show);
  player.on("state", follow);

  return {
    picture: video,
    onPicture: (listener) => ["loadeddata", "seeked"].forEach((what) => video.addEventListener(what, listener)),
    time() {
      if (!usable) return null;
      if (video.seeking) return player.time;
      if (video.ended) return player.last + 1;
      return start + (Number.isNaN(presented) ? video.currentTime : presented);
    },
  };
}

/**
 * Long data addresses seek badly in some browsers: give the video a blob instead.
 * @param {HTMLVideoElement} video
 * @param {string} address
 */
async function load(video, address) {
  const embedded = address.startsWith("data:");
  video.src = embedded ? URL.createObjectURL(await (await fetch(address)).blob()) : address;
}
