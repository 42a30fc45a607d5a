/** The surface of a person, skinned by the graphics card. */
import { BufferAttribute, BufferGeometry, Mesh, MeshLambertMaterial, Sphere } from "three";

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
  geometry.setAttribute("bone", new BufferAttribute(Float32Array.from(person.bone_index.data), 4));
  geometry.setAttribute("weight", new BufferAttribute(normalised(person.bone_weight.data), 4));
  geometry.computeVertexNormals();
  geometry.boundingSphere = new Sphere();
  const material = new MeshLambertMaterial({ color: person.color, transparent: true, opacity: 0.6 });
  carryByBones(material, bones);
  const mesh = new Mesh(geometry, material);
  mesh.renderOrder = 2;
  return mesh;
}

/**
 * Blends the bones' matrices in the vertex shader. They come as uniforms: reading them from a texture, as
 * three's own skinning does, is slower where there is no graphics card.
 * @param {MeshLambertMaterial} material
 * @param {Bones} bones
 */
function carryByBones(material, bones) {
  material.onBeforeCompile = (shader) => {
    shader.uniforms.bones = { value: bones.matrices };
    shader.vertexShader = shader.vertexShader
      .replace(
        "#include <common>",
        `#include <common>
        attribute vec4 bone;
        attribute vec4 weight;
        uniform mat4 bones[${bones.count}];`,
      )
      .replace(
        "#include <beginnormal_vertex>",
        `mat4 carried = weight.x * bones[int(bone.x)] + weight.y * bones[int(bone.y)]
          + weight.z * bones[int(bone.z)] + weight.w * bones[int(bone.w)];
        vec3 objectNormal = mat3(carried) * normal;`,
      )
      .replace("#include <begin_vertex>", "vec3 transformed = (carried * vec4(position, 1.0)).xyz;");
  };
  material.customProgramCacheKey = () => `bones ${bones.count}`;
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
