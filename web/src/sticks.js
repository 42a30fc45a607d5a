/** Many sticks or balls in one draw call: bones, joints, arrows. */
import { Color, InstancedMesh, Matrix4, Quaternion, Vector3 } from "three";

const UP = new Vector3(0, 1, 0);
const HIDDEN = new Matrix4().makeScale(0, 0, 0);

/**
 * @param {import("three").BufferGeometry} geometry of unit size; sticks point along +Y from the origin
 * @param {import("three").Material} material
 * @param {number} count
 */
export function createInstances(geometry, material, count) {
  const mesh = new InstancedMesh(geometry, material, Math.max(count, 1));
  mesh.frustumCulled = false;
  const matrix = new Matrix4();
  const quaternion = new Quaternion();
  const scale = new Vector3();
  const along = new Vector3();
  const colour = new Color();
  for (let i = 0; i < mesh.count; i++) mesh.setMatrixAt(i, HIDDEN);

  return {
    mesh,
    /** @param {number} i @param {string} value */
    paint(i, value) {
      mesh.setColorAt(i, colour.set(value));
    },
    /** @param {number} i */
    hide(i) {
      mesh.setMatrixAt(i, HIDDEN);
    },
    /** @param {number} i @param {Vector3} centre @param {number} radius */
    ball(i, centre, radius) {
      mesh.setMatrixAt(i, matrix.makeScale(radius, radius, radius).setPosition(centre));
    },
    /** @param {number} i @param {Vector3} from @param {Vector3} to @param {number} radius */
    stick(i, from, to, radius) {
      along.subVectors(to, from);
      const length = along.length();
      if (!(length > 1e-4)) return mesh.setMatrixAt(i, HIDDEN);
      quaternion.setFromUnitVectors(UP, along.divideScalar(length));
      mesh.setMatrixAt(i, matrix.compose(from, quaternion, scale.set(radius, length, radius)));
    },
    done() {
      mesh.instanceMatrix.needsUpdate = true;
      if (mesh.instanceColor) mesh.instanceColor.needsUpdate = true;
    },
  };
}
