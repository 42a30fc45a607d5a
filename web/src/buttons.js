/** The 3D view's buttons: where to look from, what to show. */
import { element, part } from "./dom.js";

/** @typedef {import("./types.js").Report} Report */

/** @type {Record<string, string>} */
const VIEWS = {
  orbit: "oblique",
  front: "front",
  side: "side",
  top: "top",
  camera: "video camera",
  everyone: "everyone",
};

/**
 * @param {import("./scene.js").SceneView} scene
 * @param {Report} report
 * @param {() => void} changed
 * @param {(name: string) => void} tell
 */
export function offerViews(scene, report, changed, tell) {
  const host = part("views");
  const names = Object.keys(VIEWS).filter((name) => (name !== "camera" || report.camera) && (name !== "everyone" || report.people.length > 1));
  const press = () => {
    host.querySelectorAll("[data-view]").forEach((button) => {
      const name = /** @type {HTMLElement} */ (button).dataset.view;
      const on = name === "follow" ? scene.views.follow : name === scene.views.name;
      button.setAttribute("aria-pressed", String(on));
    });
  };
  const view = (/** @type {string} */ name) => {
    if (name === "follow") scene.views.follow = !scene.views.follow;
    else if (names.includes(name)) {
      scene.views.follow = name !== "everyone";
      scene.look(/** @type {import("./views.js").ViewName} */ (name));
    }
    press();
    changed();
    tell(name);
  };
  for (const name of [...names, "follow"]) {
    const button = element("button", { type: "button", class: "chip", "data-view": name }, VIEWS[name] ?? name);
    button.addEventListener("click", () => view(name));
    host.append(button);
  }
  scene.renderer.domElement.addEventListener("viewleft", press);
  press();
  return view;
}

/**
 * @param {import("./scene.js").SceneView} scene
 * @param {Report} report
 * @param {() => void} changed
 */
export function offerLayers(scene, report, changed) {
  const { people, camera } = report;
  /** @type {[import("./scene.js").Layer, string, boolean][]} */
  const layers = [
    ["body", "surface", true],
    ["skeleton", "skeleton", true],
    ["spread", "uncertainty", people.some(({ joint_sigma }) => joint_sigma)],
    ["forces", "forces, contacts", people.some(({ force, contact_at }) => force || contact_at)],
    ["camera", "video camera", camera !== null],
    ["avatar", "avatar", scene.avatars],
  ];
  const host = part("layers");
  for (const [layer, label, there] of layers) {
    if (!there) continue;
    const box = /** @type {HTMLInputElement} */ (element("input", { type: "checkbox" }));
    box.checked = scene.shown[layer];
    box.addEventListener("change", () => {
      scene.shown[layer] = box.checked;
      changed();
    });
    host.append(element("label", {}, box, label));
  }
}
