/* The board: drag a card to another column, or move by keys. Every move is a step of the menu on the card. */
(function () {
  "use strict";
  var erp = window.erp;
  var dragged = null; // the card under way
  var moved = ""; // the card to come back to when the board is drawn anew
  var place = null; // how far the board was scrolled

  function $$(selector, from) { return Array.from((from || document).querySelectorAll(selector)); }
  function board() { return document.querySelector("[data-board]"); }
  function frame() { return document.querySelector("[data-board-frame]"); }
  function link(card) { return card.querySelector(".card-name"); }
  function name(card) { return link(card).textContent.trim(); }
  function say(word, values) {
    var text = board().dataset["label" + word];
    erp.toast(text.replace(/\{(\w+)\}/g, function (_, key) { return values[key]; }), "warning");
  }

  /* -- one card is reached by Tab, the others by arrows -------------------------------------- */
  function rove(card) {
    $$("[data-card]").forEach(function (one) {
      $$("a, summary, button", one).forEach(function (part) {
        if (one === card) part.removeAttribute("tabindex"); else part.tabIndex = -1;
      });
    });
  }
  function begin() {
    var card = document.querySelector("[data-card]");
    if (card) rove(card);
  }
  document.addEventListener("focusin", function (event) {
    var card = event.target.closest("[data-card]");
    if (card && link(card).tabIndex < 0) rove(card);
  });
  function go(card) {
    if (!card) return;
    rove(card);
    link(card).focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  function column(status) { return $$('[data-card][data-status="' + status + '"]'); }
  function upDown(card, by) {
    var cards = column(card.dataset.status);
    return cards[cards.indexOf(card) + by];
  }
  function sideways(card, by) {
    var names = Array.from(new Set($$("[data-cell]").map(function (cell) { return cell.dataset.cell; })));
    var top = card.getBoundingClientRect().top;
    for (var at = names.indexOf(card.dataset.status) + by; at >= 0 && at < names.length; at += by) {
      var cards = column(names[at]);
      if (cards.length) {
        return cards.reduce(function (best, one) { return far(one, top) < far(best, top) ? one : best; });
      }
    }
    return null;
  }
  function far(card, top) { return Math.abs(card.getBoundingClientRect().top - top); }

  var arrows = { ArrowUp: [upDown, -1], ArrowDown: [upDown, 1], ArrowLeft: [sideways, -1], ArrowRight: [sideways, 1] };
  document.addEventListener("keydown", function (event) {
    var card = event.target.closest && event.target.closest("[data-card]");
    if (!card || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    var menu = card.querySelector("details");
    var arrow = arrows[event.key];
    if (arrow && menu.open) inMenu(menu, arrow);
    else if (arrow) go(arrow[0](card, arrow[1]));
    else if (event.key === "m" && !/(^|; )shortcuts=off/.test(document.cookie)) { menu.open = true; inMenu(menu, arrows.ArrowDown); }
    else return;
    event.preventDefault();
  });
  function inMenu(menu, arrow) {
    var items = $$(".menu-item", menu);
    var at = items.indexOf(document.activeElement);
    (items[(at + arrow[1] + items.length) % items.length] || menu.querySelector("summary")).focus();
  }

  /* -- dragging ------------------------------------------------------------------------------ */
  document.addEventListener("dragstart", function (event) {
    dragged = event.target.closest && event.target.closest("[data-card]");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", name(dragged));
    dragged.classList.add("dragged");
    $$("[data-cell]").forEach(function (cell) { cell.classList.toggle("may", Boolean(step(dragged, cell.dataset.cell))); });
  });
  document.addEventListener("dragover", function (event) {
    var cell = dragged && event.target.closest("[data-cell]");
    if (!cell) return;
    event.preventDefault();
    mark(cell);
  });
  document.addEventListener("drop", function (event) {
    var cell = dragged && event.target.closest("[data-cell]");
    if (!cell) return;
    event.preventDefault();
    move(dragged, cell);
  });
  document.addEventListener("dragend", function () {
    if (dragged) dragged.classList.remove("dragged");
    dragged = null;
    mark(null);
    $$("[data-cell].may").forEach(function (cell) { cell.classList.remove("may"); });
  });
  function mark(cell) {
    $$("[data-cell].over").forEach(function (one) { if (one !== cell) one.classList.remove("over"); });
    if (cell) cell.classList.add("over");
  }
  function step(card, status) { return card.querySelector('[data-to="' + status + '"]'); }
  /** Take the step of the card's menu that leads to this column, or say why there is none. */
  function move(card, cell) {
    var from = card.dataset.status, to = cell.dataset.cell;
    var taken = step(card, to);
    if (from === to) {
      if (!cell.contains(card)) say("Lane");
    } else if (taken) taken.click();
    else explain(card, from, to);
  }
  function explain(card, from, to) {
    var called = JSON.parse(board().dataset.steps)[from + ">" + to];
    var inspected = card.hasAttribute("data-inspected");
    if (!called) say("None", { from: title(from), to: title(to) });
    else if (from === "in_progress" && to === "done" && inspected) say("Inspect", { task: name(card) });
    else if (from === "in_progress" && to === "waiting_qc" && !inspected) say("Finish", { task: name(card) });
    else say("Closed", { step: called });
  }
  function title(status) { return document.querySelector(".kanban-top .status-" + status).textContent; }

  /* -- a board drawn anew keeps its place and the card in hand --------------------------------- */
  document.addEventListener("click", function (event) {
    var taken = event.target.closest("[data-to]");
    if (taken) moved = link(taken.closest("[data-card]")).id;
  });
  document.body.addEventListener("htmx:beforeSwap", function (event) {
    if (event.detail.target.id === "board" && frame()) place = [frame().scrollLeft, frame().scrollTop];
  });
  document.body.addEventListener("htmx:afterSettle", function (event) {
    if (!event.detail.target || event.detail.target.id !== "board") return;
    begin();
    if (place && frame()) { frame().scrollLeft = place[0]; frame().scrollTop = place[1]; }
    var card = moved && document.getElementById(moved);
    if (card) go(card.closest("[data-card]"));
    moved = "";
  });
  begin();
})();
