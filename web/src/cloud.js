/** A cloud of Gaussians carried by the bones, as Spark wants it. */
import { SplatMesh, SplatSkinning } from "@sparkjsdev/spark";
import { Color, Matrix4, Quaternion, Vector3, Vector4 } from "three";
import { normalised } from "./body.js";

/** @typedef {import("./types.js").Splats} Splats */
/** @typedef {import("./bones.js").Bones} Bones */

/**
 * @param {Splats} splats
 * @param {Bones} bones
 */
export function createCloud(splats, bones) {
  const count = splats.position.shape[0];
  const mesh = new SplatMesh({
    maxSplats: count,
    constructSplats: (target) => fill(target, splats, count),
  });
  const skinning = { ready: /** @type {SplatSkinning | null} */ (null) };
  const [matrix, moved, turned, size] = [new Matrix4(), new Vector3(), new Quaternion(), new Vector3()];
  const update = () => {
    if (!skinning.ready) return;
    // Spark multiplies by the bone's rest pose itself: it stays the identity, since `bones` has it already
    for (let b = 0; b < bones.count; b++) {
      matrix.fromArray(/** @type {any} */ (bones.matrices), 16 * b).decompose(moved, turned, size);
      skinning.ready.setBoneQuatPos(b, turned, moved);
    }
    skinning.ready.updateBones();
  };
  void mesh.initialized.then(() => {
    skinning.ready = bind(mesh, splats, bones.count, count);
    mesh.skinning = skinning.ready;
    mesh.updateGenerator();
    update();
  });
  return { mesh, update };
}

/**
 * @param {{pushSplat: (centre: Vector3, scales: Vector3, quaternion: Quaternion, opacity: number, colour: Color) => void}} target
 * @param {Splats} splats
 * @param {number} count
 */
function fill(target, { position, quaternion, scale, opacity, color }, count) {
  const [centre, size, turn, colour] = [new Vector3(), new Vector3(), new Quaternion(), new Color()];
  for (let g = 0; g < count; g++) {
    centre.fromArray(/** @type {any} */ (position.data), 3 * g);
    size.fromArray(/** @type {any} */ (scale.data), 3 * g);
    const q = quaternion.data;
    turn.set(q[4 * g + 1], q[4 * g + 2], q[4 * g + 3], q[4 * g]).normalize();
    colour.fromArray(/** @type {any} */ (color.data), 3 * g).multiplyScalar(1 / 255);
    target.pushSplat(centre, size, turn, opacity.data[g] / 255, colour);
  }
}

/**
 * @param {SplatMesh} mesh
 * @param {Splats} splats
 * @param {number} bones
 * @param {number} count
 */
function bind(mesh, splats, bones, count) {
  const skinning = new SplatSkinning({ mesh, numSplats: count, numBones: bones });
  const weights = normalised(splats.bone_weight.data);
  const index = new Vector4();
  const weight = new Vector4();
  for (let g = 0; g < count; g++) {
    index.fromArray(/** @type {any} */ (splats.bone_index.data), 4 * g);
    skinning.setSplatBones(g, index, weight.fromArray(weights, 4 * g));
  }
  for (let b = 0; b < bones; b++) skinning.setRestQuatPos(b, new Quaternion(), new Vector3());
  skinning.skinTexture.needsUpdate = true;
  return skinning;
}
