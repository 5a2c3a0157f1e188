/* The behaviour of every page. No words of its own: they come from <template id="words">. */
(function () {
  "use strict";
  var root = document.documentElement;
  var body = document.body;
  var wordsElement = document.getElementById("words");
  var words = wordsElement ? wordsElement.dataset : {};
  var composing = false;

  function $(selector, from) { return (from || document).querySelector(selector); }
  function $$(selector, from) { return Array.from((from || document).querySelectorAll(selector)); }
  function setCookie(name, value) {
    document.cookie = name + "=" + value + ";path=/;max-age=31536000;samesite=lax" + (location.protocol === "https:" ? ";secure" : "");
  }
  function cookie(name) {
    var found = document.cookie.match(new RegExp("(?:^|; )" + name + "=([^;]*)"));
    return found ? decodeURIComponent(found[1]) : "";
  }
  function csrf() {
    var headers = body.getAttribute("hx-headers");
    return headers ? JSON.parse(headers)["x-csrftoken"] : cookie("csrftoken");
  }

  /* -- theme, row height, menu ------------------------------------------------------------ */
  function showChoices() {
    $$("[data-set]").forEach(function (button) {
      var now = button.dataset.set === "theme" ? root.dataset.themeChoice : root.dataset[button.dataset.set];
      button.setAttribute("aria-pressed", String(button.value === now));
    });
  }
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-set]");
    if (button) {
      event.preventDefault();
      setCookie(button.dataset.set, button.value);
      window.applyTheme();
      showChoices();
      return;
    }
    if (event.target.closest("[data-sidebar-fold]")) {
      setCookie("sidebar", root.dataset.sidebar === "mini" ? "wide" : "mini");
      window.applyTheme();
    }
  });
  showChoices();

  /* -- open menus close when one leaves them ----------------------------------------------- */
  document.addEventListener("click", function (event) {
    $$("details.menu[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("focusin", function (event) {
    $$("details.menu[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  /* -- notes (toasts) ---------------------------------------------------------------------- */
  var shapes = { success: "circle-check", error: "alert-circle", warning: "alert-triangle", info: "info-circle" };
  function icon(name) {
    var svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    var use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", words.icons + "#" + name);
    svg.append(use);
    return svg;
  }
  function expire(note) {
    var timer;
    function start() { timer = setTimeout(function () { note.remove(); }, 7000); }
    function stop() { clearTimeout(timer); }
    ["mouseenter", "focusin"].forEach(function (name) { note.addEventListener(name, stop); });
    ["mouseleave", "focusout"].forEach(function (name) { note.addEventListener(name, start); });
    start();
  }
  /** Show a note: level success | info | warning | error; `action` = {label, run} adds a button. */
  function toast(text, level, action) {
    if (!text) return null;
    level = shapes[level] ? level : "info";
    $$("#toasts .note").forEach(function (old) { if ($("p", old) && $("p", old).textContent === text) old.remove(); });
    var note = document.createElement("div");
    note.className = "note note-" + level;
    note.setAttribute("role", level === "error" ? "alert" : "status");
    var line = document.createElement("p");
    line.textContent = text;
    note.append(icon(shapes[level]), line);
    if (action) {
      var act = document.createElement("button");
      act.type = "button";
      act.className = "btn btn-sm";
      act.textContent = action.label;
      act.addEventListener("click", function () { note.remove(); action.run(); });
      note.append(act);
    }
    var close = document.createElement("button");
    close.type = "button";
    close.className = "icon-btn";
    close.dataset.dismiss = "";
    close.setAttribute("aria-label", words.dismiss);
    close.append(icon("x"));
    note.append(close);
    $("#toasts").append(note);
    if (level === "success" || level === "info") expire(note);
    return note;
  }
  function say(text) {
    var live = $("#live");
    if (live) { live.textContent = ""; setTimeout(function () { live.textContent = text; }, 50); }
  }
  $$("#toasts .note-success, #toasts .note-info").forEach(expire);
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-dismiss]");
    if (button) button.closest(".note, .notice").remove();
  });
  body.addEventListener("toast", function (event) {
    var detail = event.detail || {};
    toast(detail.text || detail.message || detail.value, detail.level);
  });
  body.addEventListener("say", function (event) { say(event.detail.text || event.detail.value); });

  /* -- htmx: failures keep the page and say what happened ----------------------------------- */
  var reasons = { 0: "network", 403: "forbidden", 404: "missing", 413: "large", 429: "busy" };
  var underway = 0;
  body.addEventListener("htmx:beforeRequest", function () { underway += 1; body.setAttribute("aria-busy", "true"); });
  body.addEventListener("htmx:afterRequest", function () {
    underway = Math.max(0, underway - 1);
    if (!underway) body.removeAttribute("aria-busy");
  });
  body.addEventListener("htmx:responseError", function (event) {
    var reply = event.detail.xhr;
    var source = event.detail.elt;
    var told = (reply.getResponseHeader("HX-Trigger") || "").indexOf("toast") >= 0;
    if (!tileFailed(source) && !told) toast(words[reasons[reply.status] || "failed"], "error");
  });
  ["htmx:sendError", "htmx:timeout"].forEach(function (name) {
    body.addEventListener(name, function (event) {
      var source = event.detail.elt;
      var asked = event.detail.requestConfig || {};
      var action = asked.verb === "get" && source && source.isConnected ? {
        label: words.retry,
        run: function () { window.htmx.ajax("GET", asked.path, { source: source, target: event.detail.target }); }
      } : null;
      if (!tileFailed(source)) toast(words.network, "error", action);
    });
  });
  function tileFailed(tile) {
    var frame = tile && tile.matches && tile.matches(".tile[hx-get]") && $(".tile-body", tile);
    if (!frame) return false;
    var again = document.createElement("button");
    again.type = "button";
    again.className = "btn btn-sm";
    again.textContent = words.retry;
    again.addEventListener("click", function () {
      window.htmx.ajax("GET", tile.getAttribute("hx-get"), { target: tile, swap: "outerHTML" });
    });
    frame.className = "tile-body tile-error";
    frame.removeAttribute("aria-hidden");
    frame.replaceChildren(again);
    say(words.failed);
    return true;
  }

  /* -- search fields never fire while an input method is composing --------------------------- */
  document.addEventListener("compositionstart", function () { composing = true; }, true);
  document.addEventListener("compositionend", function (event) {
    composing = false;
    event.target.dispatchEvent(new Event("input", { bubbles: true }));
  }, true);
  body.addEventListener("htmx:confirm", function (event) {
    var cause = event.detail.triggeringEvent;
    if (composing && cause && ["input", "keyup", "search", "change"].indexOf(cause.type) >= 0) {
      event.preventDefault();
      return;
    }
    if (event.detail.question) {
      event.preventDefault();
      ask(event.detail.question).then(function (yes) { if (yes) event.detail.issueRequest(true); });
    }
  });

  /* -- questions and dialogs ----------------------------------------------------------------- */
  function ask(question) {
    var box = $("#confirm");
    $("#confirm-text").textContent = question;
    box.returnValue = "";
    box.showModal();
    return new Promise(function (done) {
      box.addEventListener("close", function () { done(box.returnValue === "yes"); }, { once: true });
    });
  }
  document.addEventListener("submit", function (event) {
    var form = event.target;
    var question = (event.submitter && event.submitter.dataset.confirm) || form.dataset.confirm;
    if (!question || form.dataset.confirmed || form.hasAttribute("hx-confirm")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(question).then(function (yes) {
      if (!yes) return;
      form.dataset.confirmed = "yes";
      form.requestSubmit(event.submitter || undefined);
      delete form.dataset.confirmed;
    });
  }, true);
  document.addEventListener("click", function (event) {
    var opener = event.target.closest("[data-open-dialog]");
    if (opener) { closeMenus(); $("#" + opener.dataset.openDialog).showModal(); return; }
    var link = event.target.closest("a[data-dialog]");
    if (link && window.htmx && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      closeMenus();
      window.htmx.ajax("GET", link.getAttribute("href"), { target: "#dialog-body", swap: "innerHTML" });
      return;
    }
    var closer = event.target.closest("[data-close-dialog]");
    if (closer && closer.closest("dialog")) { event.preventDefault(); closer.closest("dialog").close(); }
  });
  function closeMenus() { $$("details.menu[open]").forEach(function (menu) { menu.open = false; }); }
  body.addEventListener("close-dialog", function () { var box = $("#dialog"); if (box) box.close(); });
  var dialog = $("#dialog");
  if (dialog) {
    dialog.addEventListener("close", function () { $("#dialog-body").replaceChildren(); });
    dialog.addEventListener("cancel", function (event) {
      if ($("form[data-changed]", dialog) && !window.confirm(words.leave)) event.preventDefault();
    });
  }

  /* -- after a swap: show the dialog, put the focus where the news is -------------------------- */
  body.addEventListener("htmx:afterSwap", function (event) {
    var target = event.detail.target;
    if (target && target.id === "dialog-body" && !dialog.open) dialog.showModal();
  });
  body.addEventListener("htmx:afterSettle", function (event) {
    var target = event.detail.target;
    if (!target) return;
    var scope = target.isConnected ? target : event.detail.elt;
    var news = $("[data-focus]", scope.parentElement || scope);
    if (news && !typing(document.activeElement, news)) news.focus();
    else if (target.id === "main") { var head = $("h1", target); if (head) { head.tabIndex = -1; head.focus(); } }
    enhance(scope.parentElement || scope);
  });
  function typing(active, news) {
    return active && active.matches("input, textarea, select") && !active.closest("form")?.contains(news);
  }

  /* -- forms: no double submit, no lost words --------------------------------------------------- */
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method === "dialog" || event.defaultPrevented) return;
    delete form.dataset.changed;
    if (form.method !== "post") return;
    if (form.hasAttribute("hx-post") || form.closest("[hx-boost=true]")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    setTimeout(function () {
      $$("button[type=submit], button:not([type])", form).forEach(function (button) { button.setAttribute("aria-disabled", "true"); });
    });
  });
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) { location.reload(); return; }
    $$("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
      $$("[aria-disabled]", form).forEach(function (button) { button.removeAttribute("aria-disabled"); });
    });
  });
  body.addEventListener("htmx:beforeRequest", function (event) {
    var form = event.detail.elt;
    if (form.tagName === "FORM" && event.detail.requestConfig.verb !== "get") {
      $$("button[type=submit], button:not([type])", form).forEach(function (button) { button.disabled = true; });
    }
  });
  body.addEventListener("htmx:afterRequest", function (event) {
    var form = event.detail.elt;
    if (form.tagName !== "FORM") return;
    $$("button[type=submit], button:not([type])", form).forEach(function (button) { button.disabled = false; });
  });
  body.addEventListener("htmx:beforeOnLoad", function (event) { // before HX-Redirect leaves the page
    var form = event.detail.elt;
    var reply = event.detail.xhr;
    if (form.tagName !== "FORM") return;
    if ((reply.status >= 200 && reply.status < 300) || reply.getResponseHeader("HX-Redirect")) delete form.dataset.changed;
  });
  document.addEventListener("input", function (event) {
    var form = event.target.form;
    if (form && form.hasAttribute("data-guard")) form.dataset.changed = "yes";
    var slider = event.target.closest(".slider");
    if (slider) {
      slider.classList.add("changed");
      var shown = $("output", slider);
      if (shown) shown.textContent = event.target.value + "%";
    }
  });
  window.addEventListener("beforeunload", function (event) {
    if ($("form[data-changed]")) { event.preventDefault(); event.returnValue = ""; }
  });

  /* -- rows: selection ------------------------------------------------------------------------- */
  function countSelected(table) {
    var boxes = $$("tbody input[type=checkbox][data-row]", table);
    var on = boxes.filter(function (box) { return box.checked; });
    boxes.forEach(function (box) { box.closest("tr").setAttribute("aria-selected", String(box.checked)); });
    var all = $("[data-all-rows]", table);
    if (all) { all.checked = on.length > 0 && on.length === boxes.length; all.indeterminate = on.length > 0 && on.length < boxes.length; }
    var bar = document.getElementById(table.dataset.selection || "selection");
    if (!bar) return;
    bar.hidden = !on.length;
    var label = $("[data-selected-count]", bar);
    if (label) label.textContent = on.length + " " + words.selected;
  }
  var lastBox = null;
  document.addEventListener("click", function (event) {
    var box = event.target;
    if (!box.matches || !box.matches("input[data-row], input[data-all-rows]")) return;
    var table = box.closest("table");
    var boxes = $$("tbody input[data-row]", table);
    if (box.matches("[data-all-rows]")) boxes.forEach(function (one) { one.checked = box.checked; });
    else if (event.shiftKey && lastBox && boxes.indexOf(lastBox) >= 0) {
      var from = boxes.indexOf(lastBox), to = boxes.indexOf(box);
      boxes.slice(Math.min(from, to), Math.max(from, to) + 1).forEach(function (one) { one.checked = box.checked; });
    }
    lastBox = box;
    countSelected(table);
  });

  /* -- small enhancements of what is on the page ------------------------------------------------ */
  function enhance(from) {
    $$("[data-autosubmit]", from).forEach(function (control) {
      if (control.dataset.ready) return;
      control.dataset.ready = "yes";
      control.addEventListener("change", function () { control.form.requestSubmit(); });
    });
    $$("[data-print]", from).forEach(function (button) {
      button.hidden = false;
      button.onclick = function () { window.print(); };
    });
    $$(".tabs [aria-current], .views [aria-current]", from).forEach(function (tab) {
      tab.scrollIntoView({ block: "nearest", inline: "center" });
    });
  }
  enhance(document);

  /* -- keyboard --------------------------------------------------------------------------------- */
  var shortcuts = cookie("shortcuts") !== "off";
  var toggle = $("[data-shortcuts]");
  if (toggle) {
    toggle.checked = shortcuts;
    toggle.addEventListener("change", function () {
      shortcuts = toggle.checked;
      setCookie("shortcuts", shortcuts ? "on" : "off");
    });
  }
  var goPressed = 0;
  function press(selector) {
    var target = $(selector);
    if (!target) return false;
    target.click();
    return true;
  }
  function step(by) {
    var rows = $$("[data-rows] tbody tr, [data-rows] > li").filter(function (row) { return row.offsetParent; });
    if (!rows.length) return false;
    var at = rows.findIndex(function (row) { return row.classList.contains("current"); });
    var next = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
    rows.forEach(function (row) { row.classList.toggle("current", row === next); });
    var link = $("a[href]", next);
    if (link) link.focus();
    next.scrollIntoView({ block: "nearest" });
    return true;
  }
  document.addEventListener("keydown", function (event) {
    if (event.isComposing || composing || event.keyCode === 229) return;
    var at = event.target;
    var inField = at.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") || at.closest("[data-keys=own]");
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && at.form) {
      event.preventDefault();
      at.form.requestSubmit();
      return;
    }
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      focusSearch();
      return;
    }
    if (event.key === "Escape") {
      var menu = $("details.menu[open]");
      if (menu) { menu.open = false; $("summary", menu).focus(); }
      else if (inField && at.matches("[type=search]")) at.blur();
      return;
    }
    if (!shortcuts || inField || event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
    var key = event.key;
    var done = false;
    if (Date.now() - goPressed < 1200) {
      goPressed = 0;
      done = press('[data-go="' + CSS.escape(key) + '"]');
    } else if (key === "g") { goPressed = Date.now(); done = true; }
    else if (key === "/") done = focusSearch();
    else if (key === "?") { var help = $("#shortcuts"); if (help) { help.showModal(); done = true; } }
    else if (key === "n") done = press('[data-key="n"]');
    else if (key === "e") done = press('[data-key="e"]');
    else if (key === "[") done = press('[rel="prev"]');
    else if (key === "]") done = press('[rel="next"]');
    else if (key === "j") done = step(1);
    else if (key === "k") done = step(-1);
    else if (key === "x") done = press("tr.current input[data-row]");
    if (done) event.preventDefault();
  });
  function focusSearch() {
    var field = $$("[data-search]").find(function (one) { return one.offsetParent; });
    if (field) { field.focus(); field.select(); } else location.href = "/search/";
    return true;
  }

  window.erp = { toast: toast, say: say, ask: ask, csrf: csrf, words: words };
})();
