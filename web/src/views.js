/** Where the 3D view looks from: a free camera with presets, and the video's own camera. */
import { Matrix4, PerspectiveCamera, Vector3 } from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";

/** @typedef {import("./types.js").Camera} FilmCamera */
/** @typedef {"orbit" | "front" | "side" | "top" | "camera" | "everyone"} ViewName */

const NEAR = 0.05;
const FAR = 200;
const GL_FROM_CV = new Matrix4().makeScale(1, -1, -1);

/**
 * Poses a camera as the video's was, its image as large as fits into the canvas.
 * @param {PerspectiveCamera} camera
 * @param {FilmCamera} film
 * @param {number} frame
 * @param {number} width of the canvas
 * @param {number} height
 */
export function placeFilmCamera(camera, film, frame, width, height) {
  const { data, shape } = film.T_camera_world;
  const at = (shape[0] > 1 ? Math.min(frame, shape[0] - 1) : 0) * 16;
  camera.matrix.fromArray(/** @type {any} */ (data), at).transpose().invert().multiply(GL_FROM_CV);
  camera.matrix.decompose(camera.position, camera.quaternion, camera.scale);
  camera.updateMatrixWorld(true);

  const [[fx, , cx], [, fy, cy]] = film.K;
  const fit = Math.min(width / film.width, height / film.height);
  const [kx, ky] = [(2 * fit) / width, (2 * fit) / height];
  const depth = (FAR + NEAR) / (NEAR - FAR);
  // prettier-ignore
  camera.projectionMatrix.set(
    fx * kx, 0, (film.width / 2 - cx) * kx, 0,
    0, fy * ky, (cy - film.height / 2) * ky, 0,
    0, 0, depth, (2 * FAR * NEAR) / (NEAR - FAR),
    0, 0, -1, 0,
  );
  camera.projectionMatrixInverse.copy(camera.projectionMatrix).invert();
}

/**
 * @param {HTMLElement} canvas
 * @param {FilmCamera | null} film
 * @param {() => void} changed called when the picture must be drawn again
 */
export function createViews(canvas, film, changed) {
  const free = new PerspectiveCamera(38, 1, NEAR, FAR);
  const fixed = new PerspectiveCamera(38, 1, NEAR, FAR);
  fixed.matrixAutoUpdate = false;
  const controls = new OrbitControls(free, canvas);
  controls.maxPolarAngle = Math.PI * 0.52;
  controls.minDistance = 0.4;
  controls.maxDistance = 60;
  controls.addEventListener("change", changed);
  const size = { width: 1, height: 1 };
  const before = new Vector3();
  const moved = new Vector3();

  const views = {
    name: /** @type {ViewName} */ ("orbit"),
    follow: false,
    turning: false,
    controls,
    free,
    /** @param {() => void} listener */
    onTurn: (listener) => controls.addEventListener("change", () => views.turning && listener()),
    camera: () => (views.name === "camera" ? fixed : free),

    /** @param {number} width @param {number} height */
    resize(width, height) {
      Object.assign(size, { width, height });
      free.aspect = width / height;
      free.updateProjectionMatrix();
    },

    /**
     * Looks at a person from a preset direction.
     * @param {ViewName} name
     * @param {Vector3} centre metres
     * @param {Vector3} heading unit vector on the floor
     * @param {number} radius of what should be seen
     */
    look(name, centre, heading, radius) {
      views.name = name === "camera" && !film ? "orbit" : name;
      if (views.name === "camera") return changed();
      const away = direction(name, heading).multiplyScalar(distance(free, radius));
      controls.target.copy(centre);
      free.position.copy(centre).add(away);
      controls.update();
      changed();
    },

    /** @param {number} frame @param {Vector3} centre of the chosen person */
    update(frame, centre) {
      if (views.name === "camera" && film) placeFilmCamera(fixed, film, frame, size.width, size.height);
      if (views.follow && before.lengthSq() > 0) {
        moved.subVectors(centre, before);
        free.position.add(moved);
        controls.target.add(moved);
      }
      before.copy(centre);
      controls.update();
    },
  };

  // only the reader's own turning counts, not the camera's way along with a person
  controls.addEventListener("start", () => (views.turning = true));
  controls.addEventListener("end", () => (views.turning = false));

  // whoever drags in the video camera's view wants to leave it, from where it stands
  controls.addEventListener("start", () => {
    if (views.name !== "camera") return;
    const reach = before.distanceTo(fixed.position);
    free.position.copy(fixed.position);
    controls.target.set(0, 0, -1).applyQuaternion(fixed.quaternion).multiplyScalar(reach).add(free.position);
    views.name = "orbit";
    canvas.dispatchEvent(new CustomEvent("viewleft"));
  });
  return views;
}

/** @typedef {ReturnType<typeof createViews>} Views */

/**
 * @param {ViewName} name
 * @param {Vector3} heading
 */
function direction(name, heading) {
  const side = new Vector3(-heading.z, 0, heading.x);
  if (name === "front") return heading.clone();
  if (name === "side") return side;
  if (name === "top") return heading.clone().multiplyScalar(-0.01).setY(1).normalize();
  return heading.clone().multiplyScalar(0.8).addScaledVector(side, 0.6).setY(0.35).normalize();
}

/**
 * Distance from which a ball fills the shorter side of the picture.
 * @param {PerspectiveCamera} camera
 * @param {number} radius
 */
function distance(camera, radius) {
  const half = Math.tan((camera.fov * Math.PI) / 360) * Math.min(1, camera.aspect);
  return (1.1 * radius) / half;
}
