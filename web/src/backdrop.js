/** The video's picture behind the view of its own camera; it fades when the reader turns away. */

/** @typedef {import("./types.js").Camera} Camera */

/**
 * @param {HTMLElement} host of the 3D view, whose canvas lets through what is behind
 * @param {HTMLVideoElement | HTMLImageElement} picture
 * @param {Camera} camera
 */
export function createBackdrop(host, picture, camera) {
  const canvas = document.createElement("canvas");
  canvas.className = "backdrop";
  canvas.setAttribute("aria-hidden", "true");
  host.prepend(canvas);
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));

  return {
    /** Whether there is a picture to show by now. */
    there: () => (picture instanceof HTMLVideoElement ? picture.readyState >= 2 && !picture.error : picture.naturalWidth > 0),
    /**
     * Draws the picture as large as fits, as the camera's view is, or lets it fade.
     * @param {boolean} wanted
     * @param {number} ratio pixels drawn per pixel of the page
     */
    show(wanted, ratio) {
      canvas.classList.toggle("on", wanted);
      if (!wanted) return;
      const [width, height] = [Math.round(host.clientWidth * ratio), Math.round(host.clientHeight * ratio)];
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
      const fit = Math.min(width / camera.width, height / camera.height);
      const [w, h] = [camera.width * fit, camera.height * fit];
      pen.clearRect(0, 0, width, height);
      pen.drawImage(picture, (width - w) / 2, (height - h) / 2, w, h);
    },
  };
}

/** @typedef {ReturnType<typeof createBackdrop>} Backdrop */
