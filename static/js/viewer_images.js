/* Pictures in the viewer: one image, or the pages of a document as pictures that carry their watermark. */
const GAP = 16;

export async function open(pane, host) {
  const { word } = host;
  const stage = pane.querySelector("[data-stage]");
  const one = pane.dataset.look === "image";
  const count = one ? 1 : Number(pane.dataset.pages);
  const scroll = document.createElement("div");
  scroll.className = "viewer-scroll viewer-sheets";
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "group");
  scroll.setAttribute("aria-label", pane.getAttribute("aria-label"));
  /* pages are painted on the server one by one: what is in view is asked for first, two at a time */
  const waiting = [];
  let busy = 0;
  const near = new IntersectionObserver(entries => {
    entries.forEach(({ target, isIntersecting }) => {
      const at = waiting.indexOf(target);
      if (at >= 0) waiting.splice(at, 1);
      if (isIntersecting && target.dataset.later) waiting.push(target);
    });
    fetchNext();
  }, { root: scroll, rootMargin: "400px 0px" });
  function fetchNext() {
    while (busy < 2 && waiting.length) {
      const picture = waiting.shift();
      busy += 1;
      picture.src = picture.dataset.later;
      delete picture.dataset.later;
    }
  }
  const sheets = Array.from({ length: count }, (_, index) => sheet(index + 1));
  scroll.append(...sheets);
  stage.replaceChildren(scroll);
  let fit = one ? "page" : "width";
  let factor = 1;
  let angle = 0;

  function source(page, small) { return one ? pane.dataset.src : pane.dataset.page.replace("/0/", `/${page}/`) + (small ? "&size=small" : ""); }
  function sheet(page) {
    const box = document.createElement("div");
    const picture = new Image();
    box.className = "viewer-sheet";
    picture.alt = one ? pane.getAttribute("aria-label") : word("Page", { page, pages: count });
    picture.draggable = false;
    picture.addEventListener("load", () => {
      busy -= 1;
      fetchNext();
      box.dataset.loaded = "yes";
      pane.dataset.painted = "yes";
      lay();
    });
    picture.addEventListener("error", () => { busy -= 1; fetchNext(); box.dataset.failed = word("Why"); host.alive(); });
    picture.dataset.later = source(page);
    box.append(picture);
    if (one) host.marked(box, pane.dataset.mark);
    return box;
  }
  /** Pixels of a picture at 100 %; of one that has not come yet, those of its neighbour. */
  function natural(box) {
    const { naturalWidth: w, naturalHeight: h } = box.firstElementChild;
    if (w) return one ? [w, h] : [794, 794 * h / w];
    const known = sheets.find(other => other.firstElementChild.naturalWidth);
    return known ? natural(known) : [794, 1123];
  }
  function scaleOf(box) {
    const [w, h] = angle % 180 ? natural(box).reverse() : natural(box);
    const room = [scroll.clientWidth - 2 * GAP, scroll.clientHeight - 2 * GAP];
    if (fit === "width") return room[0] / w;
    if (fit === "page") return Math.min(room[0] / w, room[1] / h, one ? 4 : Infinity);
    return factor;
  }
  function lay() {
    const before = place();
    sheets.forEach(box => {
      const scale = scaleOf(box);
      const [w, h] = natural(box).map(side => side * scale);
      const turned = angle % 180;
      box.style.width = (turned ? h : w) + "px";
      box.style.height = (turned ? w : h) + "px";
      const picture = box.firstElementChild;
      picture.style.width = w + "px";
      picture.style.height = h + "px";
      picture.style.transform = `translate(-50%, -50%) rotate(${angle}deg)`;
    });
    put(before);
  }
  function current() {
    const middle = scroll.scrollTop + scroll.clientHeight / 3;
    const at = sheets.findIndex(box => box.offsetTop + box.offsetHeight + GAP > middle);
    return at < 0 ? count : at + 1;
  }
  function place() {
    const page = current();
    const box = sheets[page - 1];
    const wide = scroll.scrollWidth - scroll.clientWidth;
    return { page, part: (scroll.scrollTop - box.offsetTop) / (box.offsetHeight || 1), side: wide ? scroll.scrollLeft / wide : 0.5 };
  }
  function put({ page, part, side }) {
    const box = sheets[Math.min(page, count) - 1];
    scroll.scrollTop = box.offsetTop + part * box.offsetHeight;
    if (side !== undefined) scroll.scrollLeft = side * (scroll.scrollWidth - scroll.clientWidth);
  }

  /* drag with the mouse; fingers scroll by themselves */
  let grip = null;
  scroll.addEventListener("pointerdown", event => {
    if (event.pointerType !== "mouse" || event.button) return;
    grip = [event.clientX + scroll.scrollLeft, event.clientY + scroll.scrollTop];
    scroll.setPointerCapture(event.pointerId);
    scroll.classList.add("dragged");
  });
  scroll.addEventListener("pointermove", event => {
    if (grip) scroll.scrollTo(grip[0] - event.clientX, grip[1] - event.clientY);
  });
  ["pointerup", "pointercancel"].forEach(name => scroll.addEventListener(name, () => { grip = null; scroll.classList.remove("dragged"); }));
  scroll.addEventListener("scroll", host.moved, { passive: true });
  const watch = new ResizeObserver(() => { if (!/^\d/.test(fit)) lay(); });
  watch.observe(scroll);
  lay();
  sheets.forEach(box => near.observe(box.firstElementChild));

  return {
    look: pane.dataset.look,
    get page() { return current(); },
    pages: count,
    get percent() { return Math.round(scaleOf(sheets[current() - 1]) * 100); },
    get fit() { return fit || String(this.percent); },
    go(page) { scroll.scrollTop = sheets[page - 1].offsetTop - GAP; },
    zoom(to) {
      factor = Math.min(8, Math.max(0.05, to.percent ? to.percent / 100 : scaleOf(sheets[current() - 1]) * (Number(to) || 1)));
      fit = to === "width" || to === "page" ? to : "";
      lay();
      host.moved();
    },
    turn() { angle = (angle + 90) % 360; lay(); host.moved(); },
    place,
    put,
    async thumbnail(page) {
      const picture = new Image();
      picture.alt = "";
      picture.src = source(page, true);
      await picture.decode();
      return picture;
    },
    sheet: one ? async () => {
      const picture = sheets[0].firstElementChild;
      const canvas = Object.assign(document.createElement("canvas"), { width: picture.naturalWidth, height: picture.naturalHeight });
      canvas.getContext("2d").drawImage(picture, 0, 0);
      return canvas;
    } : undefined,
    close() { watch.disconnect(); near.disconnect(); }
  };
}
