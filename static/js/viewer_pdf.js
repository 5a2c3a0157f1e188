/* A PDF in the viewer, drawn by PDF.js: pages as they come into view, text to select and to search. */
const names = { "page-width": "width", "page-fit": "page" };
const PRINT = 150 / 72; // dots of a printed page to those of a PDF
const quiet = { translate: async () => {}, pause() {}, resume() {}, getLanguage: () => document.documentElement.lang, getDirection: () => "ltr", get: async (id, args, fallback) => fallback || id };

const WIDE = /[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u30ff\ud800-\udfff]/;

/** The words as a pattern: converters put gaps between Chinese and Latin letters that nobody types. */
function pattern(query) {
  const letters = Array.from(query.trim());
  return letters.map((letter, at) => {
    if (/\s/.test(letter)) return "";
    const next = letters[at + 1] || "";
    const gap = /\s/.test(next);
    const after = gap ? letters.slice(at + 1).find(one => !/\s/.test(one)) || "" : next;
    const loose = after && (WIDE.test(letter) || WIDE.test(after));
    return letter.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&") + (loose ? "\\s*" : gap ? "\\s+" : "");
  }).join("");
}

export async function open(pane, host) {
  const { parts, word } = host;
  const pdfjs = await import(parts.pdfjs);
  const { EventBus, LinkTarget, PDFFindController, PDFLinkService, PDFViewer } = await import(parts.pdfViewer);
  pdfjs.GlobalWorkerOptions.workerSrc = parts.pdfWorker;

  const stage = pane.querySelector("[data-stage]");
  const container = document.createElement("div");
  container.className = "viewer-scroll";
  container.tabIndex = 0;
  container.setAttribute("role", "group");
  container.setAttribute("aria-label", pane.getAttribute("aria-label"));
  container.append(Object.assign(document.createElement("div"), { className: "pdfViewer" }));
  stage.replaceChildren(container);

  const eventBus = new EventBus();
  const linkService = new PDFLinkService({ eventBus, externalLinkTarget: LinkTarget.BLANK, externalLinkRel: "noopener noreferrer nofollow" });
  const findController = new (class extends PDFFindController {
    match(query, content) {
      return Array.from(content.matchAll(new RegExp(pattern(query), "giu")), found => ({ index: found.index, length: found[0].length }));
    }
  })({ eventBus, linkService });
  const stop = new AbortController();
  const viewer = new PDFViewer({
    container, eventBus, linkService, findController, l10n: quiet, abortSignal: stop.signal,
    annotationMode: pdfjs.AnnotationMode.ENABLE, annotationEditorMode: pdfjs.AnnotationEditorType.DISABLE,
    enableAutoLinking: false, imageResourcesPath: parts.pdfAssets + "images/"
  });
  linkService.setViewer(viewer);

  const loading = pdfjs.getDocument({
    url: pane.dataset.src, isEvalSupported: false, enableXfa: false, disableAutoFetch: true, disableStream: true, rangeChunkSize: 262144,
    cMapUrl: parts.pdfAssets + "cmaps/", cMapPacked: true, standardFontDataUrl: parts.pdfAssets + "standard_fonts/",
    wasmUrl: parts.pdfAssets + "wasm/", iccUrl: parts.pdfAssets + "iccs/"
  });
  let doc;
  try {
    doc = await loading.promise;
  } catch (error) {
    error.viewer = { PasswordException: "password", InvalidPDFException: "damaged" }[error.name] || "";
    throw error;
  }
  const ready = new Promise(resolve => { eventBus.on("pagesinit", resolve, { once: true }); });
  viewer.setDocument(doc);
  linkService.setDocument(doc, null);
  await ready;
  viewer.currentScaleValue = "page-width";
  for (let page = 0; page < viewer.pagesCount; page += 1) dress(page);

  function dress(index) {
    const { div } = viewer.getPageView(index);
    div.setAttribute("aria-label", word("Page", { page: index + 1, pages: viewer.pagesCount }));
    host.marked(div, pane.dataset.mark);
  }
  eventBus.on("pagerendered", event => {
    dress(event.pageNumber - 1);
    if (event.error) host.alive();
    else pane.dataset.painted = "yes";
  });
  eventBus.on("pagechanging", host.moved);
  eventBus.on("scalechanging", host.moved);
  container.addEventListener("scroll", host.moved, { passive: true });
  const watch = new ResizeObserver(() => { // what fits the width fits the new one
    if (container.clientWidth && names[viewer.currentScaleValue]) viewer.currentScaleValue = viewer.currentScaleValue;
  });
  watch.observe(container);

  let tell = () => {};
  const count = ({ matchesCount }) => tell(matchesCount.current, matchesCount.total);
  eventBus.on("updatefindmatchescount", count);
  eventBus.on("updatefindcontrolstate", count);
  return {
    look: "pdf",
    get page() { return viewer.currentPageNumber; },
    get pages() { return viewer.pagesCount; },
    get percent() { return Math.round(viewer.currentScale * 100); },
    get fit() { return names[viewer.currentScaleValue] || String(this.percent); },
    go(page) { viewer.currentPageNumber = page; },
    zoom(to) {
      if (to === "width" || to === "page") viewer.currentScaleValue = to === "width" ? "page-width" : "page-fit";
      else viewer.currentScale = Math.min(8, Math.max(0.1, to.percent ? to.percent / 100 : viewer.currentScale * to));
    },
    turn() { viewer.pagesRotation = (viewer.pagesRotation + 90) % 360; },
    find(query, { back, next, found }) {
      tell = found;
      eventBus.dispatch("find", { source: pane, type: next ? "again" : "", query, caseSensitive: false, entireWord: false, highlightAll: true, findPrevious: back, matchDiacritics: false });
    },
    forget() { tell = () => {}; eventBus.dispatch("findbarclose", { source: pane }); },
    /** Which page is on top, and which part of it is above the edge. */
    place() {
      const page = viewer.currentPageNumber;
      const { div } = viewer.getPageView(page - 1);
      return { page, part: (container.scrollTop - div.offsetTop) / div.offsetHeight };
    },
    put({ page, part }) {
      const view = viewer.getPageView(Math.min(page, viewer.pagesCount) - 1);
      if (view) container.scrollTop = view.div.offsetTop + part * view.div.offsetHeight;
    },
    async thumbnail(number) {
      const canvas = await paint(await doc.getPage(number), 132);
      canvas.setAttribute("aria-hidden", "true");
      return canvas;
    },
    async sheet(number) { return paint(await doc.getPage(number), 0, PRINT); },
    close() { watch.disconnect(); stop.abort(); loading.destroy(); }
  };
}

async function paint(page, width, factor = 0) {
  const box = page.getViewport({ scale: 1 });
  const viewport = page.getViewport({ scale: factor || (width * devicePixelRatio) / box.width });
  const canvas = document.createElement("canvas");
  canvas.width = Math.floor(viewport.width);
  canvas.height = Math.floor(viewport.height);
  await page.render({ canvas, viewport, intent: factor ? "print" : "display" }).promise;
  return canvas;
}
