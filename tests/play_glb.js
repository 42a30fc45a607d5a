// Plays a .glb with three.js and says where its bones and its skin are; bundled by test_export_glb_player.py.
import {
  AnimationMixer,
  DirectionalLight,
  HemisphereLight,
  LoopOnce,
  PerspectiveCamera,
  Scene,
  Vector3,
  WebGLRenderer,
} from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";

const bytes = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer;

/** Bone names, and for each time in seconds the bones' places and those of every `stride`-th vertex. */
window.play = async (base64, times, stride) => {
  const { scene, animations } = await new GLTFLoader().parseAsync(bytes(base64), "");
  const mixer = new AnimationMixer(scene);
  const action = mixer.clipAction(animations[0]).setLoop(LoopOnce, 1);
  action.clampWhenFinished = true;
  const skins = [];
  scene.traverse((node) => node.isSkinnedMesh && skins.push(node));
  const [skin] = skins;
  const bones = skin.skeleton.bones;
  const frames = times.map((time) => {
    action.reset().play();
    mixer.setTime(time);
    scene.updateMatrixWorld(true);
    const places = bones.map((bone) => bone.getWorldPosition(new Vector3()).toArray());
    const points = [];
    for (let i = 0; i < skin.geometry.attributes.position.count; i += stride)
      points.push(skin.getVertexPosition(i, new Vector3()).applyMatrix4(skin.matrixWorld).toArray());
    return { places, points };
  });
  show(scene, skin);
  return { names: bones.map((bone) => bone.name), duration: animations[0].duration, meshes: skins.length, frames };
};

function show(model, skin) {
  const renderer = new WebGLRenderer({ preserveDrawingBuffer: true });
  renderer.setSize(480, 480);
  document.body.append(renderer.domElement);
  const scene = new Scene();
  scene.add(model, new HemisphereLight(0xffffff, 0x666666, 2), new DirectionalLight(0xffffff, 2));
  const target = skin.skeleton.bones[0].getWorldPosition(new Vector3());
  const camera = new PerspectiveCamera(40, 1, 0.1, 50);
  camera.position.copy(target).add(new Vector3(1, 0.6, 3));
  camera.lookAt(target);
  renderer.render(scene, camera);
}
