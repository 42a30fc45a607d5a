/** Reads the report's data: JSON with references into one compressed block of arrays. */

/** @typedef {import("./types.js").Report} Report */
/** @typedef {import("./types.js").Field} Field */
/** @typedef {{at: number, dtype: string, shape: number[], scale?: number, offset?: number}} Reference */

const ARRAYS = {
  f4: Float32Array,
  i4: Int32Array,
  u4: Uint32Array,
  i2: Int16Array,
  u2: Uint16Array,
  u1: Uint8Array,
};

/**
 * The data inside the page or, when there are none, those beside it on the server.
 * @returns {Promise<Report>}
 */
export async function loadReport() {
  const inside = document.getElementById("borelli-data");
  const header = inside ? JSON.parse(inside.textContent ?? "") : await (await get("data.json")).json();
  const text = document.getElementById("borelli-blobs")?.textContent?.trim();
  const packed = await get(text === undefined ? "blobs.bin" : `data:application/octet-stream;base64,${text}`);
  return /** @type {Report} */ (resolve(header, await inflate(packed)));
}

/** @param {string} address */
async function get(address) {
  const response = await fetch(address, { cache: "no-store" });
  if (!response.ok) throw new Error(`${address.slice(0, 40)}: ${response.status} ${response.statusText}`);
  return response;
}

/**
 * @param {Response} response
 * @returns {Promise<ArrayBuffer>}
 */
async function inflate(response) {
  if (!response.body) return new ArrayBuffer(0);
  return new Response(response.body.pipeThrough(new DecompressionStream("deflate"))).arrayBuffer();
}

/**
 * The same tree with every reference replaced by its numbers.
 * @param {any} node
 * @param {ArrayBuffer} buffer
 * @returns {any}
 */
export function resolve(node, buffer) {
  if (Array.isArray(node)) return node.map((item) => resolve(item, buffer));
  if (node === null || typeof node !== "object") return node;
  if (typeof node.at === "number" && typeof node.dtype === "string") return field(node, buffer);
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, resolve(value, buffer)]));
}

/**
 * Numbers of a reference; in a scaled array of short integers the smallest one says that nothing is known.
 * @param {Reference} reference
 * @param {ArrayBuffer} buffer
 * @returns {Field}
 */
function field(reference, buffer) {
  const type = ARRAYS[/** @type {keyof typeof ARRAYS} */ (reference.dtype)];
  if (!type) throw new Error(`unknown type of numbers ${reference.dtype}`);
  const count = reference.shape.reduce((product, size) => product * size, 1);
  const raw = new type(buffer, reference.at, count);
  if (reference.scale === undefined) return { data: raw, shape: reference.shape };
  const data = new Float32Array(count);
  const offset = reference.offset ?? 0;
  const missing = reference.dtype === "i2" ? -32768 : NaN;
  for (let i = 0; i < count; i++) data[i] = raw[i] === missing ? NaN : raw[i] * reference.scale + offset;
  return { data, shape: reference.shape };
}
