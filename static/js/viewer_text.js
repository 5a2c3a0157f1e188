/* Text and tables in the viewer: the server wrote them into the page; here they are searched and enlarged. */
export async function open(pane, host) {
  const scroll = pane.querySelector("[data-text]");
  let size = 100;
  let spots = [];
  let at = 0;
  host.marked(pane.querySelector("[data-stage]"), pane.dataset.mark);
  scroll.addEventListener("scroll", host.moved, { passive: true });

  function search(text) {
    const wanted = text.toLowerCase();
    const walker = document.createTreeWalker(scroll, NodeFilter.SHOW_TEXT);
    spots = [];
    while (walker.nextNode() && spots.length < 5000) {
      const content = walker.currentNode.data.toLowerCase();
      for (let from = content.indexOf(wanted); from >= 0; from = content.indexOf(wanted, from + wanted.length)) {
        const spot = new Range();
        spot.setStart(walker.currentNode, from);
        spot.setEnd(walker.currentNode, Math.min(from + wanted.length, walker.currentNode.length));
        spots.push(spot);
      }
    }
  }
  function paint() {
    if (!window.Highlight) return;
    CSS.highlights.set("viewer-found", new Highlight(...spots));
    CSS.highlights.set("viewer-at", new Highlight(...spots.slice(at, at + 1)));
  }
  function reach() {
    const spot = spots[at];
    if (!spot) return;
    const box = spot.getBoundingClientRect(), frame = scroll.getBoundingClientRect();
    scroll.scrollTop += box.top - frame.top - frame.height / 3;
    if (box.left < frame.left || box.right > frame.right) scroll.scrollLeft += box.left - frame.left - frame.width / 3;
  }
  return {
    look: "text",
    get percent() { return size; },
    get fit() { return String(size); },
    zoom(to) {
      size = to === "width" || to === "page" ? 100 : Math.round(Math.min(400, Math.max(50, to.percent || size * to)));
      scroll.style.fontSize = size + "%";
    },
    find(text, { back, next, found }) {
      if (next && spots.length) at = (at + (back ? spots.length - 1 : 1)) % spots.length;
      else { search(text); at = 0; }
      paint();
      reach();
      found(spots.length ? at + 1 : 0, spots.length);
    },
    forget() { spots = []; paint(); },
    place() { return { page: 1, part: scroll.scrollTop / (scroll.scrollHeight || 1), side: scroll.scrollLeft }; },
    put({ part, side }) { scroll.scrollTop = part * scroll.scrollHeight; if (side !== undefined) scroll.scrollLeft = side; },
    close() { spots = []; paint(); }
  };
}
