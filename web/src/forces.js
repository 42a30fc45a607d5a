/** Contact forces as arrows (one body weight is 0.9 m long) and the points that rest on the ground. */
import { CircleGeometry, ConeGeometry, CylinderGeometry, Group, MeshBasicMaterial, MeshLambertMaterial, Vector3 } from "three";
import { createInstances } from "./sticks.js";

/** @typedef {import("./types.js").Person} Person */

const METRES_PER_WEIGHT = 0.9;
const COLOUR = "#14a37f";
const HEAD = 0.07;

/** @param {Person} person */
export function createForces(person) {
  const arrows = new Group();
  const pushes = createArrows(person);
  const places = createContacts(person);
  arrows.add(...pushes.meshes, places.mesh);
  return {
    arrows,
    /** @param {number} frame */
    update(frame) {
      pushes.update(frame);
      places.update(frame);
    },
  };
}

/** @param {Person} person */
function createArrows(person) {
  const { force, force_at: place, weight, explained } = person;
  const count = force?.shape[1] ?? 0;
  const metal = new MeshLambertMaterial({ color: COLOUR });
  const shafts = createInstances(new CylinderGeometry(1, 1, 1, 8, 1).translate(0, 0.5, 0), metal, count);
  const heads = createInstances(new ConeGeometry(1, 1, 10).translate(0, 0.5, 0), metal, count);
  const from = new Vector3();
  const neck = new Vector3();
  const tip = new Vector3();
  const push = new Vector3();

  /** @param {number} i index of frame and place @param {number} p */
  const draw = (i, p) => {
    if (!force || !place || !weight) return false;
    push.fromArray(/** @type {any} */ (force.data), 3 * i).multiplyScalar(METRES_PER_WEIGHT / weight);
    const length = push.length();
    if (!(length > 0.02)) return false;
    const head = Math.min(HEAD, length * 0.5);
    from.fromArray(/** @type {any} */ (place.data), 3 * i);
    tip.addVectors(from, push);
    neck.copy(tip).addScaledVector(push, -head / length);
    shafts.stick(p, from, neck, 0.011);
    heads.stick(p, neck, tip, 0.4 * head);
    return true;
  };

  return {
    meshes: [shafts.mesh, heads.mesh],
    /** @param {number} frame */
    update(frame) {
      const trusted = !explained || explained.data[frame] > 0;
      for (let p = 0; p < count; p++) {
        if (trusted && draw(frame * count + p, p)) continue;
        shafts.hide(p);
        heads.hide(p);
      }
      shafts.done();
      heads.done();
    },
  };
}

/** @param {Person} person */
function createContacts(person) {
  const { contact, contact_at: place } = person;
  const count = contact && place ? contact.shape[1] : 0;
  const material = new MeshBasicMaterial({ color: COLOUR, transparent: true, opacity: 0.85 });
  const discs = createInstances(new CircleGeometry(1, 16).rotateX(-Math.PI / 2), material, count);
  const at = new Vector3();
  return {
    mesh: discs.mesh,
    /** @param {number} frame */
    update(frame) {
      for (let c = 0; c < count; c++) {
        const i = frame * count + c;
        if (!contact || !place || !(contact.data[i] > 0.5)) {
          discs.hide(c);
          continue;
        }
        at.fromArray(/** @type {any} */ (place.data), 3 * i);
        discs.ball(c, at.setY(Math.max(at.y, 0) + 0.004), 0.03);
      }
      discs.done();
    },
  };
}
