/* STL and STEP models in the viewer: turned, moved and enlarged with mouse, finger or keys; up is Z. */
const PATIENCE = 120000; // milliseconds for reading a STEP model

export async function open(pane, host) {
  const base = host.parts.three;
  const three = await import(base + "three.module.js");
  const { OrbitControls } = await import(base + "OrbitControls.js");
  const bytes = await load(pane.dataset.src);
  const model = pane.dataset.look === "stl" ? await stl(three, base, bytes) : await step(three, host, bytes);

  const stage = pane.querySelector("[data-stage]");
  let renderer;
  try {
    renderer = new three.WebGLRenderer({ antialias: true, alpha: true });
  } catch (error) {
    error.viewer = "webgl";
    throw error;
  }
  const canvas = renderer.domElement;
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", host.word("Model", { name: pane.getAttribute("aria-label") }));
  canvas.className = "viewer-model";
  stage.replaceChildren(canvas);
  host.marked(stage, pane.dataset.mark);

  const scene = new three.Scene();
  const camera = new three.PerspectiveCamera(40, 1, 0.1, 1000);
  camera.up.set(0, 0, 1);
  const light = new three.DirectionalLight(0xffffff, 2.2);
  scene.add(new three.HemisphereLight(0xffffff, 0x8090a8, 1.6), light, model);
  const box = new three.Box3().setFromObject(model);
  const ball = box.getBoundingSphere(new three.Sphere());
  if (!(ball.radius > 0)) throw Object.assign(new Error("nothing to draw"), { viewer: "damaged" });
  const controls = new OrbitControls(camera, canvas);

  function draw() {
    light.position.copy(camera.position);
    renderer.render(scene, camera);
    pane.dataset.painted = "yes";
  }
  function fit() {
    const away = ball.radius / Math.sin(Math.min(20, 20 * camera.aspect) * Math.PI / 180);
    const direction = new three.Vector3(1, -1.4, 0.9).normalize();
    camera.position.copy(ball.center).addScaledVector(direction, away);
    camera.near = ball.radius / 500;
    camera.far = away + ball.radius * 50;
    camera.updateProjectionMatrix();
    controls.target.copy(ball.center);
    controls.update();
    draw();
  }
  function size() {
    const { clientWidth: w, clientHeight: h } = stage;
    if (!w || !h) return;
    renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
    renderer.setSize(w, h, false);
    camera.aspect = w / h;
    camera.updateProjectionMatrix();
    draw();
  }
  function orbit(around, over) {
    const arm = new three.Spherical();
    const offset = camera.position.clone().sub(controls.target);
    const upright = new three.Quaternion().setFromUnitVectors(camera.up, new three.Vector3(0, 1, 0));
    arm.setFromVector3(offset.applyQuaternion(upright));
    arm.theta += around;
    arm.phi = Math.min(Math.PI - 0.01, Math.max(0.01, arm.phi + over));
    camera.position.copy(controls.target).add(new three.Vector3().setFromSpherical(arm).applyQuaternion(upright.invert()));
    controls.update();
    draw();
  }
  controls.addEventListener("change", () => { draw(); host.moved(); });
  const watch = new ResizeObserver(size);
  watch.observe(stage);
  size();
  fit();

  const arrows = { ArrowLeft: [-0.15, 0], ArrowRight: [0.15, 0], ArrowUp: [0, -0.15], ArrowDown: [0, 0.15] };
  return {
    look: pane.dataset.look,
    model: true,
    zoom(to) {
      if (to === "page" || to === "width") { fit(); return; }
      camera.position.sub(controls.target).multiplyScalar(1 / to).add(controls.target);
      controls.update();
      draw();
    },
    turn() { orbit(Math.PI / 2, 0); },
    key(event) {
      if (!arrows[event.key]) return false;
      orbit(...arrows[event.key]);
      return true;
    },
    place() { return { eye: camera.position.clone().sub(controls.target).divideScalar(ball.radius) }; },
    put({ eye }) {
      if (!eye) return;
      camera.position.copy(eye).multiplyScalar(ball.radius).add(controls.target);
      controls.update();
      draw();
    },
    close() { watch.disconnect(); controls.dispose(); renderer.dispose(); canvas.remove(); }
  };
}

async function load(url) {
  const reply = await fetch(url, { cache: "no-store" });
  if (!reply.ok) throw new Error(`answer ${reply.status}`);
  return reply.arrayBuffer();
}

function material(three, colour) {
  return new three.MeshStandardMaterial({ color: colour || 0x8fa3bf, metalness: 0.15, roughness: 0.65, side: three.DoubleSide });
}

async function stl(three, base, bytes) {
  const { STLLoader } = await import(base + "STLLoader.js");
  try {
    const geometry = new STLLoader().parse(bytes);
    geometry.computeVertexNormals();
    return new three.Mesh(geometry, material(three));
  } catch (error) {
    error.viewer = "damaged";
    throw error;
  }
}

async function step(three, host, bytes) {
  const read = await ask(host.parts.occt + "occt-import-js-worker.js", bytes);
  const group = new three.Group();
  (read.meshes || []).forEach(mesh => {
    const geometry = new three.BufferGeometry();
    geometry.setAttribute("position", new three.Float32BufferAttribute(mesh.attributes.position.array, 3));
    if (mesh.attributes.normal) geometry.setAttribute("normal", new three.Float32BufferAttribute(mesh.attributes.normal.array, 3));
    geometry.setIndex(new three.BufferAttribute(Uint32Array.from(mesh.index.array), 1));
    if (!mesh.attributes.normal) geometry.computeVertexNormals();
    group.add(new three.Mesh(geometry, material(three, mesh.color && new three.Color().setRGB(...mesh.color, three.SRGBColorSpace))));
  });
  if (!read.success || !group.children.length) throw Object.assign(new Error("no model in it"), { viewer: "damaged" });
  return group;
}

/** What the reader of STEP models makes of the bytes; it works beside the page and ends with its answer. */
function ask(url, bytes) {
  const worker = new Worker(url);
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(Object.assign(new Error("too slow"), { viewer: "slow" })), PATIENCE);
    worker.onmessage = event => { clearTimeout(late); resolve(event.data); };
    worker.onerror = event => { clearTimeout(late); reject(Object.assign(new Error(event.message), { viewer: "damaged" })); };
    worker.postMessage({ format: "step", buffer: new Uint8Array(bytes), params: { linearUnit: "millimeter", linearDeflectionType: "bounding_box_ratio", linearDeflection: 0.002, angularDeflection: 0.5 } });
  }).finally(() => worker.terminate());
}
