/** Avatars: clouds of Gaussians drawn by Spark, which sorts them for the camera. */
import { SparkRenderer } from "@sparkjsdev/spark";
import { Group } from "three";
import { createCloud } from "./cloud.js";

/** @typedef {import("./types.js").Splats} Splats */
/** @typedef {import("./types.js").Field} Field */
/** @typedef {import("./bones.js").Bones} Bones */

/** Gaussians of an avatar that a processor alone can draw ten times a second. */
const FEW = 2500;

/**
 * What draws all avatars of a scene.
 * @param {import("three").WebGLRenderer} renderer
 * @param {boolean} software no graphics card: avatars in motion are drawn with fewer, wider Gaussians
 * @param {() => void} changed called when Spark has sorted anew
 */
export function createAvatars(renderer, software, changed) {
  const spark = new SparkRenderer({ renderer, onDirty: changed });
  return {
    object: spark,
    /** @param {Splats} splats @param {Bones} bones */
    add(splats, bones) {
      const whole = createCloud(splats, bones);
      const step = Math.ceil(splats.position.shape[0] / FEW);
      const thin = software && step > 1 ? createCloud(thinned(splats, step), bones) : null;
      const object = new Group();
      object.add(whole.mesh, ...(thin ? [thin.mesh] : []));
      return {
        object,
        update() {
          whole.update();
          thin?.update();
        },
        /** @param {boolean} visible @param {boolean} moving */
        show(visible, moving) {
          whole.mesh.visible = visible && !(thin && moving);
          if (thin) thin.mesh.visible = visible && moving;
        },
      };
    },
  };
}

/** @typedef {ReturnType<typeof createAvatars>} Avatars */

/**
 * Every so manieth Gaussian, as much wider as covers the same area.
 * @param {Splats} splats
 * @param {number} step
 * @returns {Splats}
 */
function thinned(splats, step) {
  const pick = (/** @type {Field} */ { data, shape }, factor = 1) => {
    const width = shape[1] ?? 1;
    const count = Math.ceil(shape[0] / step);
    const kept = Float32Array.from({ length: count * width }, (_, i) => {
      return factor * data[Math.floor(i / width) * step * width + (i % width)];
    });
    return { data: kept, shape: [count, ...shape.slice(1)] };
  };
  return {
    position: pick(splats.position),
    quaternion: pick(splats.quaternion),
    scale: pick(splats.scale, Math.sqrt(step)),
    opacity: pick(splats.opacity),
    color: pick(splats.color),
    bone_index: pick(splats.bone_index),
    bone_weight: pick(splats.bone_weight),
  };
}
