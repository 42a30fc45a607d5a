/** The surface of a person, skinned by the graphics card. */
import { Bone, BufferAttribute, BufferGeometry, MeshLambertMaterial, Skeleton, SkinnedMesh } from "three";

/** @typedef {import("./types.js").Person} Person */
/** @typedef {import("./types.js").Field} Field */
/** @typedef {import("./bones.js").Bones} Bones */

/**
 * @param {Person} person
 * @param {Field} faces (F, 3)
 * @param {Bones} bones
 */
export function createBody(person, faces, bones) {
  const geometry = new BufferGeometry();
  geometry.setIndex(new BufferAttribute(faces.data, 1));
  geometry.setAttribute("position", new BufferAttribute(Float32Array.from(person.vertices.data), 3));
  geometry.setAttribute("skinIndex", new BufferAttribute(Uint16Array.from(person.bone_index.data), 4));
  geometry.setAttribute("skinWeight", new BufferAttribute(normalised(person.bone_weight.data), 4));
  geometry.computeVertexNormals();

  const material = new MeshLambertMaterial({ color: person.color, transparent: true, opacity: 0.72 });
  const mesh = new SkinnedMesh(geometry, material);
  mesh.bind(directSkeleton(bones));
  mesh.frustumCulled = false;
  mesh.renderOrder = 2;
  return mesh;
}

/**
 * A skeleton that takes its matrices from the data instead of from a tree of objects.
 * @param {Bones} bones
 */
function directSkeleton(bones) {
  const skeleton = new Skeleton(Array.from({ length: bones.count }, () => new Bone()));
  skeleton.update = () => {
    skeleton.boneMatrices?.set(bones.matrices);
    if (skeleton.boneTexture) skeleton.boneTexture.needsUpdate = true;
  };
  return skeleton;
}

/**
 * Four weights per point that sum to one.
 * @param {ArrayLike<number>} weights
 */
export function normalised(weights) {
  const result = new Float32Array(weights.length);
  for (let i = 0; i < weights.length; i += 4) {
    const sum = weights[i] + weights[i + 1] + weights[i + 2] + weights[i + 3] || 1;
    for (let k = i; k < i + 4; k++) result[k] = weights[k] / sum;
  }
  return result;
}
