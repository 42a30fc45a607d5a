/** The video's camera as a small pyramid. */
import { BufferAttribute, BufferGeometry, LineBasicMaterial, LineSegments, Matrix4 } from "three";

/** @typedef {import("./types.js").Camera} Camera */

const DEPTH = 0.45;

/** @param {Camera} camera */
export function createFrustum(camera) {
  const [[fx, , cx], [, fy, cy]] = camera.K;
  const corner = (/** @type {number} */ u, /** @type {number} */ v) => [
    ((u - cx) / fx) * DEPTH,
    ((v - cy) / fy) * DEPTH,
    DEPTH,
  ];
  const { width, height } = camera;
  const corners = [corner(0, 0), corner(width, 0), corner(width, height), corner(0, height)];
  const up = corner(width / 2, -0.12 * height);
  const lines = corners.flatMap((point, i) => [...[0, 0, 0], ...point, ...point, ...corners[(i + 1) % 4]]);
  lines.push(...corners[0], ...up, ...up, ...corners[1]);

  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(new Float32Array(lines), 3));
  const object = new LineSegments(geometry, new LineBasicMaterial({ color: "#8a93a3" }));
  object.matrixAutoUpdate = false;
  const { data, shape } = camera.T_camera_world;
  const pose = new Matrix4();
  return {
    object,
    /** @param {number} frame */
    update(frame) {
      const at = shape[0] > 1 ? Math.min(frame, shape[0] - 1) * 16 : 0;
      object.matrix.copy(pose.fromArray(/** @type {any} */ (data), at).transpose().invert());
      object.matrixWorldNeedsUpdate = true;
    },
  };
}
