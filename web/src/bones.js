/** Where the bones of a person are, frame by frame, as matrices that carry the body from rest to pose. */
import { Matrix4, Quaternion, Vector3 } from "three";

/** @typedef {import("./types.js").Person} Person */

/** @param {Person} person */
export function createBones(person) {
  const count = person.bone_rest_position.shape[0];
  const turned = person.bone_rest_quaternion.data;
  const rested = person.bone_rest_position.data;
  const quaternions = person.bone_quaternion.data;
  const positions = person.bone_position.data;
  const matrices = new Float32Array(16 * count);
  const quaternion = new Quaternion();
  const position = new Vector3();
  const one = new Vector3(1, 1, 1);
  const matrix = new Matrix4();

  const inverse = Array.from({ length: count }, (_, b) => {
    quaternion.set(turned[4 * b + 1], turned[4 * b + 2], turned[4 * b + 3], turned[4 * b]).normalize();
    position.set(rested[3 * b], rested[3 * b + 1], rested[3 * b + 2]);
    return new Matrix4().compose(position, quaternion, one).invert();
  });

  return {
    count,
    /** Column-major, one after another: T_world_rest of each bone. */
    matrices,
    /** @param {number} frame */
    update(frame) {
      for (let b = 0; b < count; b++) {
        const q = 4 * (frame * count + b);
        const p = 3 * (frame * count + b);
        quaternion.set(quaternions[q + 1], quaternions[q + 2], quaternions[q + 3], quaternions[q]).normalize();
        position.set(positions[p], positions[p + 1], positions[p + 2]);
        matrix.compose(position, quaternion, one).multiply(inverse[b]).toArray(matrices, 16 * b);
      }
    },
    /** Where the root bone is. @param {number} frame @param {Vector3} into */
    centre(frame, into) {
      const p = 3 * frame * count;
      return into.set(positions[p], positions[p + 1], positions[p + 2]);
    },
    /** Grows a box by the root's way. @param {import("three").Box3} box @param {ArrayLike<number> | null} present */
    bound(box, present) {
      for (let t = 0; t < person.bone_position.shape[0]; t++) {
        const p = 3 * t * count;
        if (present && !present[t]) continue;
        box.expandByPoint(position.set(positions[p], positions[p + 1], positions[p + 2]));
      }
    },
    /** Direction on the floor the person faces in the frame of the last `update`. @param {Vector3} into */
    heading(into) {
      into.set(matrices[0], 0, matrices[2]);
      return into.lengthSq() > 1e-6 ? into.normalize() : into.set(1, 0, 0);
    },
  };
}

/** @typedef {ReturnType<typeof createBones>} Bones */
