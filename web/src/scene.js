/** The 3D view: floor, people, camera. Draws only when something changed. */
import { AmbientLight, Color, DirectionalLight, Fog, GridHelper, Group, Scene, Vector3, WebGLRenderer } from "three";
import { createBody } from "./body.js";
import { createBones } from "./bones.js";
import { createForces } from "./forces.js";
import { createFrustum } from "./frustum.js";
import { createSkeleton } from "./skeleton.js";
import { createViews } from "./views.js";

/** @typedef {import("./types.js").Report} Report */
/** @typedef {import("./types.js").Person} Person */
/** @typedef {"body" | "skeleton" | "spread" | "forces" | "camera" | "avatar"} Layer */

/** @param {HTMLElement} host */
function createRenderer(host) {
  const probe = document.createElement("canvas").getContext("webgl2");
  if (!probe) throw new Error("this browser shows no WebGL 2");
  const name = String(probe.getParameter(probe.getExtension("WEBGL_debug_renderer_info")?.UNMASKED_RENDERER_WEBGL ?? 0x1f01));
  const software = /swiftshader|llvmpipe|software/i.test(name);
  probe.getExtension("WEBGL_lose_context")?.loseContext();
  const renderer = new WebGLRenderer({ antialias: !software, powerPreference: "high-performance" });
  renderer.domElement.tabIndex = 0;
  renderer.domElement.setAttribute("role", "img");
  renderer.domElement.setAttribute("aria-label", "3D view of the reconstructed people; drag to turn, wheel to zoom");
  host.append(renderer.domElement);
  return { renderer, software };
}

/**
 * @param {HTMLElement} host
 * @param {Report} report
 * @param {() => void} changed
 */
export function createScene(host, report, changed) {
  const { renderer, software } = createRenderer(host);
  const views = createViews(renderer.domElement, report.camera, changed);
  const scene = new Scene();
  const sun = new DirectionalLight("#ffffff", 2.1);
  sun.position.set(2, 5, 3);
  scene.add(new AmbientLight("#ffffff", 1.4), sun);

  const frustum = report.camera ? createFrustum(report.camera) : null;
  if (frustum) scene.add(frustum.object);
  const people = report.people.map((person) => createPerson(person, report));
  people.forEach((person) => scene.add(person.group));
  const floor = { grid: /** @type {GridHelper | null} */ (null) };

  /** @type {Record<Layer, boolean>} */
  const shown = { body: true, skeleton: true, spread: false, forces: true, camera: true, avatar: true };
  let chosen = 0;
  let frame = -1;
  const centre = new Vector3();
  const heading = new Vector3();

  /** @param {number} index */
  const pose = (index) => {
    frame = index;
    frustum?.update(index);
    people.forEach((person) => person.update(index));
  };

  const place = () => {
    if (frustum) frustum.object.visible = shown.camera && views.name !== "camera";
    people.forEach((person) => person.show(shown));
  };

  return {
    renderer,
    software,
    views,
    shown,
    people,
    /** @param {number} index of the person the view follows */
    choose(index) {
      chosen = index;
      changed();
    },
    /** @param {import("./views.js").ViewName} name */
    look(name) {
      people[chosen].bones.heading(heading);
      const centreNow = people[chosen].bones.centre(Math.max(frame, 0), centre);
      views.look(name, centreNow.clone().setY(0.9), heading, 1.15);
    },
    /** @param {string} background @param {string} lines */
    paint(background, lines) {
      scene.background = new Color(background);
      scene.fog = new Fog(background, 12, 40);
      floor.grid?.removeFromParent();
      floor.grid = createFloor(report, lines);
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
    /** @param {number} index */
    draw(index) {
      if (index !== frame) pose(index);
      people[chosen].bones.centre(index, centre);
      views.update(index, centre);
      place();
      renderer.render(scene, views.camera());
    },
  };
}

/**
 * @param {Person} person
 * @param {Report} report
 */
function createPerson(person, report) {
  const bones = createBones(person);
  const body = createBody(person, report.body.faces, bones);
  const skeleton = createSkeleton(person, report);
  const forces = createForces(person);
  const group = new Group();
  group.add(body, skeleton.lines, skeleton.spread, forces.arrows);
  return {
    bones,
    group,
    /** @param {number} frame */
    update(frame) {
      group.visible = !person.present || person.present.data[frame] > 0;
      if (!group.visible) return;
      bones.update(frame);
      skeleton.update(frame);
      forces.update(frame);
    },
    /** @param {Record<Layer, boolean>} shown */
    show(shown) {
      body.visible = shown.body;
      skeleton.lines.visible = shown.skeleton;
      skeleton.spread.visible = shown.spread && person.joint_sigma !== null;
      forces.arrows.visible = shown.forces;
    },
  };
}

/**
 * A grid of metres around everybody's path.
 * @param {Report} report
 * @param {string} colour
 */
function createFloor(report, colour) {
  let [x, z, count] = [0, 0, 0];
  for (const person of report.people) {
    const { data, shape } = person.bone_position;
    for (let t = 0; t < shape[0]; t += 10) {
      if (person.present && !person.present.data[t]) continue;
      x += data[3 * t * shape[1]];
      z += data[3 * t * shape[1] + 2];
      count++;
    }
  }
  const grid = new GridHelper(40, 40, colour, colour);
  grid.position.set(Math.round(x / Math.max(count, 1)), 0, Math.round(z / Math.max(count, 1)));
  return grid;
}

/** @typedef {ReturnType<typeof createScene>} SceneView */
