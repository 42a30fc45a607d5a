/** One person in the 3D view: surface, skeleton, forces, avatar, shadow. */
import { CircleGeometry, Group, Mesh, MeshBasicMaterial, Vector3 } from "three";
import { createBody } from "./body.js";
import { createBones } from "./bones.js";
import { createForces } from "./forces.js";
import { createSkeleton } from "./skeleton.js";

/** @typedef {import("./types.js").Report} Report */
/** @typedef {import("./types.js").Person} Person */
/** @typedef {"body" | "skeleton" | "spread" | "forces" | "camera" | "avatar"} Layer */

/**
 * @param {Person} person
 * @param {Report} report
 * @param {{under: (point: Vector3) => number}} surfaces
 * @param {import("./splats.js").Avatars | null} avatars
 */
export function createFigure(person, report, surfaces, avatars) {
  const bones = createBones(person);
  const body = createBody(person, report.body.faces, bones);
  const skeleton = createSkeleton(person, report);
  const forces = createForces(person);
  const avatar = avatars && person.splats ? avatars.add(person.splats, bones) : null;
  const shadow = createShadow();
  const group = new Group();
  const root = new Vector3();
  if (avatar) group.add(avatar.object);
  group.add(shadow, body, skeleton.lines, skeleton.spread, forces.arrows);
  return {
    bones,
    group,
    /** @param {number} frame */
    update(frame) {
      bones.update(frame);
      group.visible = !person.present || person.present.data[frame] > 0;
      if (!group.visible) return;
      bones.centre(frame, root);
      body.geometry.boundingSphere?.set(root, 1.6);
      shadow.position.set(root.x, surfaces.under(root) + 0.002, root.z);
      skeleton.update(frame);
      forces.update(frame);
      avatar?.update();
    },
    /** @param {Record<Layer, boolean>} shown @param {boolean} moving */
    show(shown, moving) {
      body.visible = shown.body || (shown.avatar && avatars !== null && !avatar);
      avatar?.show(shown.avatar, moving);
      skeleton.lines.visible = shown.skeleton;
      skeleton.spread.visible = shown.spread && person.joint_sigma !== null;
      forces.arrows.visible = shown.forces;
    },
  };
}

/** A spot on what is below a person, so that heights can be read. */
function createShadow() {
  const material = new MeshBasicMaterial({ color: "#000000", transparent: true, opacity: 0.13, depthWrite: false });
  return new Mesh(new CircleGeometry(0.32, 24).rotateX(-Math.PI / 2), material);
}
