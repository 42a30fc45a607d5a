/** The one clock of the page: which moment is shown, and whether it moves. */

/**
 * @typedef {object} Player
 * @property {number} time seconds of the motion
 * @property {number} frame
 * @property {number} frames
 * @property {boolean} playing
 * @property {number} speed
 * @property {number} first seconds
 * @property {number} last seconds
 * @property {(seconds: number) => void} seek
 * @property {(seconds: number) => void} follow moves the time without telling clocks to seek
 * @property {(frames: number) => void} step
 * @property {() => void} play
 * @property {() => void} pause
 * @property {(factor: number) => void} setSpeed
 * @property {(what: "time" | "seek" | "state", listener: () => void) => void} on
 */

/**
 * @param {ArrayLike<number>} times (T,) increasing seconds
 * @returns {Player}
 */
export function createPlayer(times) {
  const frames = times.length;
  /** @type {Record<string, (() => void)[]>} */
  const listeners = { time: [], seek: [], state: [] };
  const tell = (/** @type {string} */ what) => listeners[what].forEach((listener) => listener());

  /** @type {Player} */
  const player = {
    time: times[0],
    frame: 0,
    frames,
    playing: false,
    speed: 1,
    first: times[0],
    last: times[frames - 1],
    follow(seconds) {
      player.time = Math.min(Math.max(seconds, player.first), player.last);
      player.frame = nearest(times, player.time);
      tell("time");
    },
    seek(seconds) {
      player.follow(seconds);
      tell("seek");
    },
    step(count) {
      player.pause();
      player.seek(times[Math.min(Math.max(player.frame + count, 0), frames - 1)]);
    },
    play() {
      if (player.playing || frames < 2) return;
      if (player.time >= player.last) player.seek(player.first);
      player.playing = true;
      tell("state");
    },
    pause() {
      if (!player.playing) return;
      player.playing = false;
      tell("state");
    },
    setSpeed(factor) {
      player.speed = factor;
      tell("state");
    },
    on: (what, listener) => void listeners[what].push(listener),
  };
  return player;
}

/**
 * Index of the frame closest to a time.
 * @param {ArrayLike<number>} times
 * @param {number} time
 */
export function nearest(times, time) {
  let low = 0;
  let high = times.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (times[middle] <= time) low = middle;
    else high = middle;
  }
  return time - times[low] <= times[high] - time ? low : high;
}
