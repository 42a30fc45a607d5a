/** What people stand or sit on above the floor: a pane at its height, with edges down to the floor. */
import { BufferGeometry, DoubleSide, Float32BufferAttribute, Group, LineBasicMaterial, LineSegments, Mesh, MeshBasicMaterial } from "three";

/** @typedef {import("./types.js").Surface} Surface */

const QUAD = [0, 2, 1, 0, 3, 2];

/**
 * @param {Surface[]} surfaces
 */
export function createSurfaces(surfaces) {
  // see-through, as feet may lie some centimetres below the one height that is drawn
  const pane = new MeshBasicMaterial({ transparent: true, opacity: 0.4, side: DoubleSide, depthWrite: false });
  const side = new MeshBasicMaterial({ transparent: true, opacity: 0.1, side: DoubleSide, depthWrite: false });
  const edge = new LineBasicMaterial();
  const object = new Group();
  for (const surface of surfaces) {
    const { top, walls, edges } = shape(surface);
    object.add(new Mesh(top, pane), new Mesh(walls, side), new LineSegments(edges, edge));
  }
  return {
    object,
    /** @param {string} colour */
    paint(colour) {
      for (const material of [pane, side, edge]) material.color.set(colour);
    },
    /**
     * Height of what is under a point, metres.
     * @param {import("three").Vector3} point
     */
    under({ x, y, z }) {
      const below = surfaces.filter(({ height, corners }) => height < y && holds(corners, x, z));
      return Math.max(0, ...below.map(({ height }) => height));
    },
  };
}

/** @param {Surface} surface */
function shape({ height, corners }) {
  const high = corners.map(([x, z]) => [x, height, z]);
  const low = corners.map(([x, z]) => [x, 0, z]);
  const next = (/** @type {number[][]} */ ring, /** @type {number} */ i) => ring[(i + 1) % 4];
  return {
    top: geometry(high, QUAD),
    walls: geometry([...high, ...low], [0, 1, 2, 3].flatMap((i) => [i, (i + 1) % 4, 4 + i, 4 + i, (i + 1) % 4, 4 + ((i + 1) % 4)])),
    edges: geometry(high.flatMap((corner, i) => [corner, next(high, i), corner, low[i], low[i], next(low, i)])),
  };
}

/**
 * @param {number[][]} points
 * @param {number[]} [triangles]
 */
function geometry(points, triangles) {
  const result = new BufferGeometry().setAttribute("position", new Float32BufferAttribute(points.flat(), 3));
  return triangles ? result.setIndex(triangles) : result;
}

/**
 * Whether a convex ring of corners lies around a point.
 * @param {number[][]} corners
 * @param {number} x
 * @param {number} z
 */
export function holds(corners, x, z) {
  const turns = corners.map(([a, b], i) => {
    const [c, d] = corners[(i + 1) % corners.length];
    return (c - a) * (z - b) - (d - b) * (x - a);
  });
  return turns.every((turn) => turn >= 0) || turns.every((turn) => turn <= 0);
}
