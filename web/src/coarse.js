/** A coarser surface made of some of the points of a fine one, for computers without a graphics card. */

/** Metres: points of one bone that share a cell of this size become one. */
const CELL = 0.032;

/**
 * Faces (F', 3) between the first points of each cell; the points themselves stay where they are.
 * @param {ArrayLike<number>} points (V, 3) metres
 * @param {ArrayLike<number>} bones (V, 4), the first moves the point most
 * @param {ArrayLike<number>} faces (F, 3)
 */
export function coarseFaces(points, bones, faces) {
  const first = new Map();
  const kept = Uint32Array.from({ length: points.length / 3 }, (_, v) => {
    let cell = bones[4 * v];
    for (let axis = 0; axis < 3; axis++) cell = 1024 * cell + Math.floor(points[3 * v + axis] / CELL) + 512;
    if (!first.has(cell)) first.set(cell, v);
    return first.get(cell);
  });
  const result = [];
  for (let f = 0; f < faces.length; f += 3) {
    const [a, b, c] = [kept[faces[f]], kept[faces[f + 1]], kept[faces[f + 2]]];
    if (a !== b && b !== c && c !== a) result.push(a, b, c);
  }
  return Uint32Array.from(result);
}
