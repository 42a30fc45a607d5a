/** The 3D view: floor, people, camera. Draws only when something changed. */
import {
  AmbientLight,
  Box3,
  DirectionalLight,
  Fog,
  GridHelper,
  Scene,
  Vector3,
  WebGLRenderer,
} from "three";
import { createFigure } from "./figure.js";
import { createFrustum } from "./frustum.js";
import { createSurfaces } from "./surfaces.js";
import { createViews } from "./views.js";

/** @typedef {import("./types.js").Report} Report */
/** @typedef {typeof import("./splats.js").createAvatars} MakeAvatars */
/** @typedef {import("./figure.js").Layer} Layer */

/** Metres around the root within which the body stays. */
const REACH = 1.15;

/** Radius that shows everybody's way, within reason. @param {Box3} room */
const wide = (room) => Math.min(0.8 + 0.4 * room.getSize(new Vector3()).length(), 6);

/** @param {HTMLElement} host */
function createRenderer(host) {
  const probe = document.createElement("canvas").getContext("webgl2");
  if (!probe) throw new Error("this browser shows no WebGL 2");
  const name = String(probe.getParameter(probe.getExtension("WEBGL_debug_renderer_info")?.UNMASKED_RENDERER_WEBGL ?? 0x1f01));
  const software = /swiftshader|llvmpipe|software/i.test(name);
  probe.getExtension("WEBGL_lose_context")?.loseContext();
  const renderer = new WebGLRenderer({ antialias: !software, alpha: true, powerPreference: "high-performance" });
  renderer.domElement.tabIndex = 0;
  renderer.domElement.setAttribute("role", "img");
  renderer.domElement.setAttribute("aria-label", "3D view of the reconstructed people; drag to turn, wheel to zoom");
  host.append(renderer.domElement);
  return { renderer, software };
}

/**
 * Light, people and the video's camera.
 * @param {Report} report
 * @param {WebGLRenderer} renderer
 * @param {boolean} software
 * @param {() => void} changed
 * @param {MakeAvatars | null} makeAvatars
 */
function createWorld(report, renderer, software, changed, makeAvatars) {
  const scene = new Scene();
  const sun = new DirectionalLight("#ffffff", 2.4);
  sun.position.set(2, 5, 3);
  scene.add(new AmbientLight("#ffffff", 1.0), sun);

  const frustum = report.camera ? createFrustum(report.camera) : null;
  if (frustum) scene.add(frustum.object);
  const avatars = makeAvatars && report.people.some(({ splats }) => splats) ? makeAvatars(renderer, software, changed) : null;
  if (avatars) scene.add(avatars.object);
  const surfaces = createSurfaces(report.surfaces ?? []);
  scene.add(surfaces.object);
  const people = report.people.map((person) => createFigure(person, report, surfaces, avatars));
  people.forEach((person) => scene.add(person.group));
  const room = new Box3();
  people.forEach(({ bones }, i) => bones.bound(room, report.people[i].present?.data ?? null));
  return { scene, frustum, avatars, surfaces, people, room };
}

/**
 * @param {HTMLElement} host
 * @param {Report} report
 * @param {() => void} changed
 * @param {MakeAvatars | null} makeAvatars
 */
export function createScene(host, report, changed, makeAvatars) {
  const { renderer, software } = createRenderer(host);
  const views = createViews(renderer.domElement, report.camera, changed);
  const { scene, frustum, avatars, surfaces, people, room } = createWorld(report, renderer, software, changed, makeAvatars);
  const floor = { grid: /** @type {GridHelper | null} */ (null) };

  /** @type {Record<Layer, boolean>} */
  const shown = { body: !avatars, skeleton: !avatars, spread: false, forces: true, camera: true, avatar: true };
  let chosen = 0;
  let frame = -1;
  const centre = new Vector3();
  const heading = new Vector3();

  return {
    renderer,
    software,
    views,
    shown,
    people,
    avatars: avatars !== null,
    /** @param {number} index of the person the view follows */
    choose(index) {
      chosen = index;
      changed();
    },
    /** @param {import("./views.js").ViewName} name */
    look(name) {
      const { bones } = people[chosen];
      bones.heading(heading);
      if (name === "everyone") views.look(name, room.getCenter(centre).clone(), heading, wide(room));
      else views.look(name, bones.centre(Math.max(frame, 0), centre).clone(), heading, REACH);
    },
    /**
     * Tells where the reader has turned the view, relative to the chosen person.
     * @param {(from: {position: number[], target: number[]}) => void} listener
     */
    onTurn(listener) {
      views.onTurn(() => {
        const position = views.free.position.clone().sub(centre).toArray();
        listener({ position, target: views.controls.target.clone().sub(centre).toArray() });
      });
    },
    /** Looks from where another page's reader looks. @param {{position: number[], target: number[]}} from */
    turn({ position, target }) {
      views.name = "orbit";
      views.free.position.fromArray(position).add(centre);
      views.controls.target.fromArray(target).add(centre);
      views.controls.update();
      changed();
    },
    /** @param {string} background of the page behind the canvas @param {string} lines @param {string} solid */
    paint(background, lines, solid) {
      surfaces.paint(solid);
      scene.fog = new Fog(background, 12, 40);
      floor.grid?.removeFromParent();
      floor.grid = createFloor(room, lines);
      scene.add(floor.grid);
      changed();
    },
    /** @param {number} width @param {number} height @param {number} ratio */
    resize(width, height, ratio) {
      renderer.setPixelRatio(ratio);
      renderer.setSize(width, height, false);
      views.resize(width, height);
      changed();
    },
    /** @param {number} index of the frame @param {boolean} moving while time runs @param {boolean} filmed over the video */
    draw(index, moving, filmed) {
      if (index !== frame) {
        frame = index;
        frustum?.update(index);
        people.forEach((person) => person.update(index));
      }
      people[chosen].bones.centre(index, centre);
      views.update(index, centre);
      if (frustum) frustum.object.visible = shown.camera && views.name !== "camera";
      if (floor.grid) floor.grid.visible = !filmed;
      people.forEach((person) => person.show(shown, moving));
      renderer.render(scene, views.camera());
    },
  };
}

/**
 * A grid of metres under everybody's way.
 * @param {Box3} room
 * @param {string} colour
 */
function createFloor(room, colour) {
  const middle = room.getCenter(new Vector3());
  const grid = new GridHelper(40, 40, colour, colour);
  grid.position.set(Math.round(middle.x), 0, Math.round(middle.z));
  return grid;
}

/** @typedef {ReturnType<typeof createScene>} SceneView */
