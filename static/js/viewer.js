/* The document viewer: toolbar, keys, waiting, and the end of a right; what draws a page is loaded as
   needed (viewer_pdf.js, viewer_images.js, viewer_text.js, viewer_model.js). No words of its own: they
   come as data-label-… on the viewer. A part's `open(pane, host)` answers with a view:
   {look, page, pages, percent, fit, go(n), zoom(word, factor or {percent}), turn(), find(text, how), forget(),
    sheet(n) for print, place(), put(place), thumbnail(n), key(event), close()}; it leaves out what it cannot do. */
const frame = document.querySelector("[data-viewer]");
const tools = frame.querySelector("[data-viewer-tools]");
const body = document.body;
const views = new Map(); // pane → view
const parts = { pdf: "Pdf", pages: "Images", image: "Images", text: "Text", table: "Text", stl: "Model", step: "Model" };
const ALIVE = 15000; // milliseconds between two questions whether the right is still there
let leading = null; // the pane whose place the other one takes on
let led = 0;

const $ = (selector, from = frame) => from.querySelector(selector);
const $$ = (selector, from = frame) => Array.from(from.querySelectorAll(selector));
const word = (name, values = {}) =>
  (frame.dataset["label" + name] || "").replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
const say = text => window.erp.say(text);
const all = () => Array.from(views.values());
const synced = () => $("[data-act=sync]")?.getAttribute("aria-pressed") !== "false";
const main = () => views.get(leading) || all()[0];
/** The views that a command reaches: both while they go together. */
const reached = () => (views.size > 1 && synced() ? all() : [main()].filter(Boolean));

/** Pages of the longest document they hold. */
const most = () => Math.max(...(views.size > 1 && synced() ? all() : [main()]).map(view => view.pages || 0));

/* -- panes: open what is ready, wait for the rest --------------------------------------------- */
async function start(pane) {
  if (views.has(pane) || pane.dataset.opening) return;
  pane.dataset.opening = "yes";
  try {
    const part = await import(frame.dataset["part" + parts[pane.dataset.look]]);
    const view = await part.open(pane, { parts: frame.dataset, word, marked, moved: () => moved(pane), alive: () => alive(pane) });
    if (!pane.isConnected || pane.dataset.gone) { view.close(); return; }
    views.set(pane, view);
    show();
    pane.dataset.opened = "yes";
  } catch (error) {
    failed(pane, error);
  }
}
function begin() {
  $$("[data-look]").forEach(start);
  for (const pane of views.keys()) if (!pane.isConnected) views.delete(pane);
}
function message(pane, title, text, again) {
  const box = document.createElement("div");
  box.className = "viewer-state";
  box.setAttribute("role", "alert");
  const head = document.createElement("h2");
  const line = document.createElement("p");
  head.textContent = title;
  line.textContent = text;
  box.append(head, line);
  if (again) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn";
    button.textContent = window.erp.words.retry;
    button.addEventListener("click", () => location.reload());
    box.append(button);
  }
  pane.replaceChildren(box);
}
function failed(pane, error) {
  console.warn(error);
  alive(pane).then(here => { if (here) message(pane, word("Failed"), word("Why" + (error.viewer || "")) || word("Why"), true); });
}
/** The right is gone (or the session over): nothing of the document stays on the screen. */
function gone(pane) {
  if (pane.dataset.gone) return;
  pane.dataset.gone = "yes";
  pane.removeAttribute("hx-get");
  views.get(pane)?.close();
  views.delete(pane);
  message(pane, word("Gone"), word("Gonewhy"), false);
  if (!views.size) { tools.hidden = true; $("[data-viewer-thumbs]")?.replaceChildren(); thumbs(false); }
  $$("[data-needs-right]", document).forEach(one => { one.hidden = true; });
  show();
}
async function alive(pane) {
  if (!pane.isConnected || pane.dataset.gone) return false;
  let reply;
  try {
    reply = await fetch(pane.dataset.alive, { headers: { accept: "application/json" }, cache: "no-store" });
  } catch { return true; } // no network says nothing about rights
  if (reply.status === 401) { location.reload(); return false; }
  if (reply.status === 404 || reply.status === 403) { gone(pane); return false; }
  return true;
}
setInterval(() => { if (!document.hidden) $$("[data-alive]").forEach(alive); }, ALIVE);
document.addEventListener("visibilitychange", () => { if (!document.hidden) $$("[data-alive]").forEach(alive); });
body.addEventListener("htmx:afterSettle", begin);
body.addEventListener("htmx:responseError", event => {
  const pane = event.detail.elt.closest?.("[data-alive]");
  if (pane && [403, 404].includes(event.detail.xhr.status)) gone(pane);
  else if (pane) later(pane);
});
["htmx:sendError", "htmx:timeout"].forEach(name => body.addEventListener(name, event => later(event.detail.elt)));
/** A question that got no answer is asked again. */
function later(pane) { if (pane?.dataset.alive) setTimeout(() => window.htmx.trigger(pane, "again"), 5000); }

/* -- the watermark ----------------------------------------------------------------------------- */
/** Lay the reader's name, the time and the contract over `element`. */
function marked(element, text) {
  if (!text || $(":scope > .viewer-mark", element)) return;
  const mark = document.createElement("div");
  const plain = new Option(text).innerHTML.replace(/"/g, "&quot;");
  const wide = 60 + Array.from(text).reduce((sum, letter) => sum + (letter > "\u2e7f" ? 15 : 8.4), 0);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${wide}" height="${wide * 0.6}"><text x="50%" y="50%" ` +
    `text-anchor="middle" transform="rotate(-24 ${wide / 2} ${wide * 0.3})" font-size="15" fill="#465064" ` +
    `fill-opacity=".2" font-family="system-ui, sans-serif">${plain}</text></svg>`;
  mark.className = "viewer-mark";
  mark.setAttribute("aria-hidden", "true");
  mark.dataset.text = text;
  mark.style.backgroundImage = `url("data:image/svg+xml,${encodeURIComponent(svg)}")`;
  element.append(mark);
}

/* -- toolbar ------------------------------------------------------------------------------------ */
const pageField = $("[data-act=page]");
const scale = $("[data-act=scale]");
const search = $("[data-act=search]");
const found = $("[data-found]");

function show() {
  const view = main();
  tools.hidden = !view;
  if (!view) return;
  $$("[data-for]", tools).forEach(group => { group.hidden = !group.dataset.for.split(" ").some(need => view[need] !== undefined && view[need] !== 1); });
  if (view.pages) {
    if (document.activeElement !== pageField) pageField.value = view.page;
    $("[data-pages]").textContent = most();
    $("[data-act=previous]").disabled = view.page <= 1;
    $("[data-act=next]").disabled = view.page >= most();
    $$("[data-viewer-thumbs] button").forEach(one => {
      const here = Number(one.value) === view.page;
      if (here !== (one.getAttribute("aria-current") === "true")) one.setAttribute("aria-current", String(here));
      if (here && one.offsetParent) one.scrollIntoView({ block: "nearest" });
    });
  }
  if (view.percent) {
    const own = scale.options[0];
    const named = Array.from(scale.options).find(option => option.value === view.fit);
    own.textContent = view.percent + "%";
    scale.value = named ? view.fit : "";
  }
}
/** A view moved: the toolbar says where it is, and the other view comes along. */
function moved(pane) {
  const now = performance.now();
  if (views.size > 1 && synced() && !(leading !== pane && now - led < 250)) {
    leading = pane;
    led = now;
    const place = views.get(pane)?.place?.();
    if (place) views.forEach((view, other) => { if (other !== pane) view.put?.(place); });
  }
  show();
}
let spoken = 0;
function go(page) {
  const view = main();
  if (!view?.go) return;
  const wanted = Math.min(Math.max(1, page), most());
  reached().forEach(one => one.go(Math.min(wanted, one.pages)));
  clearTimeout(spoken);
  spoken = setTimeout(() => say(word("Page", { page: wanted, pages: most() })), 300);
  show();
}
function zoom(to) { reached().forEach(view => view.zoom?.(to)); show(); }
function turn() { reached().forEach(view => view.turn?.()); }
const acts = {
  previous: () => go(main().page - 1),
  next: () => go(main().page + 1),
  in: () => zoom(1.2),
  out: () => zoom(1 / 1.2),
  fit: () => zoom("page"),
  turn,
  print,
  again: () => find(false),
  before: () => find(true),
  thumbs: button => thumbs(button.getAttribute("aria-pressed") !== "true"),
  seek: () => seek(!tools.classList.contains("seeking")),
  sync: button => button.setAttribute("aria-pressed", String(!synced())),
};
tools.addEventListener("click", event => {
  const button = event.target.closest("button[data-act]");
  if (button && acts[button.dataset.act]) acts[button.dataset.act](button);
});
pageField.addEventListener("change", () => {
  const number = parseInt(pageField.value.normalize("NFKC"), 10);
  if (number) go(number);
  pageField.value = main().page;
});
scale.addEventListener("change", () => zoom(/^\d/.test(scale.value) ? { percent: Number(scale.value) } : scale.value));
$(".viewer-panes").addEventListener("pointerdown", event => { leading = event.target.closest("[data-look]") || leading; }, true);
$(".viewer-panes").addEventListener("wheel", event => {
  const pane = event.target.closest("[data-look]");
  leading = pane || leading;
  if (!event.ctrlKey || !views.get(pane)?.zoom || pane.dataset.look === "pdf") return; // PDF.js has its own
  event.preventDefault();
  zoom(event.deltaY < 0 ? 1.1 : 1 / 1.1);
}, { capture: true, passive: false });

/* -- search: on a phone behind a button ----------------------------------------------------------- */
let asked = "";
let typing = 0;
function seek(open) {
  tools.classList.toggle("seeking", open);
  $("[data-act=seek]").setAttribute("aria-pressed", String(open));
  if (open) { search.focus(); search.select(); }
}
function find(back) {
  const text = search.value.trim();
  if (!text) { forget(); return; }
  const next = text === asked;
  asked = text;
  reached().forEach(view => view.find?.(text, { back, next, found: view === main() ? tell : () => {} }));
}
function tell(at, total) {
  found.textContent = total ? word("Found", { at, total }) : word("None");
  found.classList.toggle("none", !total);
}
function forget() {
  asked = search.value = found.textContent = "";
  all().forEach(view => view.forget?.());
}
search.addEventListener("input", event => {
  clearTimeout(typing);
  if (event.isComposing) return;
  typing = setTimeout(() => { asked = ""; find(false); }, 300);
});
search.addEventListener("keydown", event => {
  if (event.isComposing || event.keyCode === 229) return;
  if (event.key === "Enter") { event.preventDefault(); clearTimeout(typing); find(event.shiftKey); }
  if (event.key === "Escape") { event.stopPropagation(); forget(); search.blur(); }
});

/* -- the list of pages ------------------------------------------------------------------------------ */
const list = $("[data-viewer-thumbs]");
const seen = list && new IntersectionObserver(entries => {
  entries.filter(entry => entry.isIntersecting && !entry.target.dataset.drawn).forEach(async entry => {
    const button = entry.target;
    button.dataset.drawn = "yes";
    const picture = await main()?.thumbnail(Number(button.value)).catch(() => null);
    if (picture) button.prepend(picture);
  });
}, { root: null, rootMargin: "200px" });
function thumbs(open) {
  if (!list) return;
  $("[data-act=thumbs]").setAttribute("aria-pressed", String(open));
  list.hidden = !open;
  const view = main();
  if (!open || list.childElementCount || !view?.thumbnail) return;
  for (let page = 1; page <= view.pages; page += 1) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.value = page;
    button.setAttribute("aria-label", word("Goto", { page }));
    button.append(Object.assign(document.createElement("span"), { textContent: page }));
    button.addEventListener("click", () => { go(page); if (matchMedia("(max-width: 767px)").matches) thumbs(false); });
    item.append(button);
    list.append(item);
    seen.observe(button);
  }
  show();
}

/* -- print: every page as a picture with the watermark in it, then the browser's own dialog ------------- */
async function print() {
  const view = main();
  if (!view?.sheet) { if (view) window.print(); return; }
  const sheets = document.createElement("div");
  sheets.className = "viewer-print";
  const count = view.pages || 1;
  const note = window.erp.toast(word("Printing", { page: 0, pages: count }), "info");
  for (let page = 1; page <= count; page += 1) {
    const canvas = await view.sheet(page);
    stamp(canvas, $("[data-mark]").dataset.mark);
    const picture = new Image();
    picture.alt = "";
    picture.src = canvas.toDataURL("image/jpeg", 0.9);
    await picture.decode();
    sheets.append(picture);
    $("p", note).textContent = word("Printing", { page, pages: count });
  }
  note.remove();
  document.querySelectorAll(".viewer-print").forEach(old => old.remove());
  body.append(sheets);
  window.addEventListener("afterprint", () => sheets.remove(), { once: true });
  window.print();
}
function stamp(canvas, mark) {
  const pen = canvas.getContext("2d");
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.font = Math.round(canvas.width / 55) + "px system-ui, sans-serif";
  pen.fillStyle = "rgb(70 80 100 / 22%)";
  pen.rotate(-24 * Math.PI / 180);
  const step = pen.measureText(mark).width * 1.3;
  for (let y = 0; y < canvas.height * 1.6; y += canvas.width / 7) {
    for (let x = -canvas.height; x < canvas.width; x += step) pen.fillText(mark, x, y);
  }
}

/* -- keyboard ------------------------------------------------------------------------------------------ */
const keys = {
  ArrowRight: () => go(main().page + 1), ArrowLeft: () => go(main().page - 1),
  PageDown: () => go(main().page + 1), PageUp: () => go(main().page - 1),
  Home: () => go(1), End: () => go(main().pages),
  "+": acts.in, "=": acts.in, "-": acts.out, 0: () => zoom("width"), r: turn,
};
document.addEventListener("keydown", event => {
  if (event.isComposing || event.keyCode === 229 || document.querySelector("dialog[open]")) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "p" ) {
    event.preventDefault();
    if ($("[data-act=print]")) print();
    else window.erp.toast(word("Noprint"), "info");
    return;
  }
  if (!main() || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea")) return;
  if (/(^|; )shortcuts=off/.test(document.cookie) && event.key.length === 1) return;
  const view = main();
  let done = true;
  if (event.key === "/" && view.find) seek(true);
  else if (event.key === "Escape") { if (list && !list.hidden) thumbs(false); else if (asked) forget(); else done = false; }
  else if (view.key?.(event)) done = true;
  else if (keys[event.key] && (event.key.length === 1 || view.pages > 1)) keys[event.key]();
  else done = false;
  if (done) { event.preventDefault(); event.stopImmediatePropagation(); }
}, true);

begin();
