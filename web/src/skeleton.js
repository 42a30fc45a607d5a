/** The anatomical skeleton: a stick per bone, left orange and right blue, and how uncertain each joint is. */
import { CylinderGeometry, Group, MeshBasicMaterial, MeshLambertMaterial, SphereGeometry, Vector3 } from "three";
import { createInstances } from "./sticks.js";

/** @typedef {import("./types.js").Person} Person */
/** @typedef {import("./types.js").Report} Report */

export const SIDE_COLOUR = { l: "#e8761a", r: "#2f7fe0", c: "#8a93a3" };
const STICK = 0.011;
const JOINT = 0.018;

/**
 * @param {Person} person
 * @param {Report} report
 */
export function createSkeleton(person, report) {
  const joints = report.joints.length;
  const positions = person.joint_position.data;
  const sigma = person.joint_sigma?.data ?? null;
  const side = jointSides(report);

  const stick = new CylinderGeometry(1, 1, 1, 6, 1, true).translate(0, 0.5, 0);
  const ball = new SphereGeometry(1, 8, 6);
  const solid = new MeshLambertMaterial();
  const sticks = createInstances(stick, solid, report.limbs.length);
  const balls = createInstances(ball, solid, joints);
  const veil = new MeshBasicMaterial({ transparent: true, opacity: 0.28, depthWrite: false });
  const spread = createInstances(new SphereGeometry(1, 12, 8), veil, joints);
  spread.mesh.renderOrder = 3;
  report.limbs.forEach(([, , limbSide], i) => sticks.paint(i, SIDE_COLOUR[limbSide]));
  side.forEach((jointSide, j) => {
    balls.paint(j, SIDE_COLOUR[jointSide]);
    spread.paint(j, SIDE_COLOUR[jointSide]);
  });

  const lines = new Group();
  lines.add(sticks.mesh, balls.mesh);
  const from = new Vector3();
  const to = new Vector3();

  return {
    lines,
    spread: spread.mesh,
    /** @param {number} frame */
    update(frame) {
      const base = 3 * frame * joints;
      report.limbs.forEach(([a, b], i) => {
        from.fromArray(/** @type {any} */ (positions), base + 3 * a);
        to.fromArray(/** @type {any} */ (positions), base + 3 * b);
        sticks.stick(i, from, to, STICK);
      });
      for (let j = 0; j < joints; j++) {
        from.fromArray(/** @type {any} */ (positions), base + 3 * j);
        balls.ball(j, from, JOINT);
        if (sigma) spread.ball(j, from, Math.min(sigma[frame * joints + j] || 0, 0.5));
      }
      sticks.done();
      balls.done();
      spread.done();
    },
  };
}

/**
 * Side of each joint by its name, as in `hip_r`.
 * @param {Report} report
 * @returns {("l" | "r" | "c")[]}
 */
function jointSides(report) {
  return report.joints.map((name) => (name.endsWith("_l") ? "l" : name.endsWith("_r") ? "r" : "c"));
}
