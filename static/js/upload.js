/* Uploads: drop or choose files, each with its progress; cancel and retry. Forms carry data-upload:
   "now" sends what is chosen at once, "submit" waits for the button. Words come from data-say-*. */
(function () {
  "use strict";
  var AT_ONCE = 2;
  var running = 0;
  var waiting = [];

  function icon(name) {
    var svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    var use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", window.erp.words.icons + "#" + name);
    svg.append(use);
    return svg;
  }
  function element(tag, className, text) {
    var made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  }
  function token() {
    var bytes = new Uint8Array(24);
    window.crypto.getRandomValues(bytes);
    return Array.from(bytes, function (b) { return b.toString(16).padStart(2, "0"); }).join("");
  }

  /* -- one line per file ------------------------------------------------------------------- */
  function Line(form, file) {
    var line = this;
    this.form = form;
    this.file = file;
    this.token = token();
    this.say = form.dataset;
    this.name = element("span", "upload-name", file.name);
    this.state = element("span", "sub");
    this.bar = element("progress");
    this.bar.max = 100;
    this.bar.value = 0;
    this.bar.setAttribute("aria-label", file.name);
    this.button = element("button", "icon-btn");
    this.button.type = "button";
    this.button.addEventListener("click", function () { line.act(); });
    this.row = element("li");
    var grow = element("div", "grow");
    grow.append(this.name, this.state);
    this.row.append(grow, this.bar, this.button);
    var queue = form.querySelector("[data-queue]");
    queue.hidden = false;
    queue.append(this.row);
  }
  Line.prototype.show = function (kind, text, act, label) {
    this.row.dataset.state = kind;
    this.state.textContent = text;
    this.state.setAttribute("role", kind === "failed" ? "alert" : "");
    this.bar.hidden = kind !== "waiting" && kind !== "sending";
    this.act = act;
    this.button.setAttribute("aria-label", label + ": " + this.file.name);
    this.button.title = label;
    this.button.replaceChildren(icon(act === this.start ? "refresh" : "x"));
  };
  Line.prototype.start = function () {
    if (this.file.size > Number(this.form.dataset.limit)) {
      this.fail(this.say.sayLarge, false);
      return;
    }
    this.bar.value = 0;
    this.show("waiting", this.say.sayWaiting, this.cancel, this.say.sayCancel);
    waiting.push(this);
    next();
  };
  Line.prototype.cancel = function () {
    var place = waiting.indexOf(this);
    if (place >= 0) waiting.splice(place, 1);
    if (this.request) this.request.abort();
    this.show("cancelled", this.say.sayCancelled, this.start, this.say.sayRetry);
  };
  Line.prototype.hide = function () {
    var queue = this.row.parentElement;
    this.row.remove();
    queue.hidden = !queue.children.length;
  };
  Line.prototype.fail = function (text, again) {
    if (again) this.show("failed", text, this.start, this.say.sayRetry);
    else this.show("failed", text, this.hide, this.say.sayHide);
  };
  Line.prototype.send = function () {
    var line = this;
    var request = this.request = new XMLHttpRequest();
    var data = new FormData(this.form);
    data.delete("files");
    data.set("token", this.token);
    data.append("files", this.file, this.file.name);
    running += 1;
    this.show("sending", "0 %", this.cancel, this.say.sayCancel);
    request.open("POST", this.form.action);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", window.erp.csrf());
    request.upload.addEventListener("progress", function (event) {
      var percent = event.lengthComputable ? Math.floor(100 * event.loaded / event.total) : 0;
      line.bar.value = percent;
      line.state.textContent = percent < 100 ? percent + " %" : line.say.sayChecking;
    });
    request.addEventListener("load", function () { line.answered(request); });
    request.addEventListener("error", function () { line.fail(line.say.sayNetwork, true); });
    request.addEventListener("loadend", function () {
      running -= 1;
      line.request = null;
      next();
    });
    request.send(data);
  };
  Line.prototype.answered = function (request) {
    var reply = {};
    try { reply = JSON.parse(request.responseText); } catch (why) { /* a page, not an answer */ }
    if (request.status === 401 && reply.login) { location.href = reply.login; return; }
    if (request.status < 200 || request.status >= 300 || !reply.url) {
      var told = reply.message || window.erp.words[{ 403: "forbidden", 404: "missing", 413: "large", 429: "busy" }[request.status] || "failed"];
      this.fail(told, request.status >= 500 || request.status === 429);
      return;
    }
    if (this.form.dataset.upload === "submit") { location.href = reply.url; return; }
    var link = element("a", "", reply.title);
    link.href = reply.url;
    this.name.replaceChildren(link);
    this.show("stored", this.say.sayStored, this.hide, this.say.sayHide);
    document.body.dispatchEvent(new CustomEvent("documents-changed"));
    told_all(this.form);
  };
  function told_all(form) {
    if (running > 1 || waiting.length) return;
    var stored = form.querySelectorAll("[data-queue] > [data-state=stored]").length;
    window.erp.say(form.dataset.sayAll + " " + stored);
  }
  function next() {
    while (running < AT_ONCE && waiting.length) waiting.shift().send();
  }

  /* -- choosing and dropping --------------------------------------------------------------- */
  function take(form, files, folders) {
    folders.forEach(function (name) {
      new Line(form, { name: name, size: 0 }).fail(form.dataset.sayFolder, false);
    });
    Array.from(files).forEach(function (file) { new Line(form, file).start(); });
  }
  function chosen(form) {
    return Array.from(form.querySelectorAll("input[type=file]")).flatMap(function (input) { return Array.from(input.files); });
  }
  function shown(form) {
    var label = form.querySelector("[data-chosen]");
    if (!label.dataset.empty) label.dataset.empty = label.textContent;
    label.textContent = chosen(form).map(function (file) { return file.name; }).join(", ") || label.dataset.empty;
  }
  document.addEventListener("change", function (event) {
    if (!event.target.matches("[data-upload] input[type=file]")) return;
    var form = event.target.form;
    if (form.dataset.upload === "submit") { shown(form); return; }
    take(form, chosen(form), []);
    event.target.value = "";
  });
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.matches("[data-upload]")) return;
    var files = chosen(form);
    if (!files.length) return; // the server says what is missing
    event.preventDefault();
    event.stopImmediatePropagation();
    form.querySelector("[data-queue]").replaceChildren();
    take(form, files, []);
  }, true);
  function zone(event) {
    var form = event.target.closest && event.target.closest("[data-upload]");
    return form && event.dataTransfer && Array.from(event.dataTransfer.types).indexOf("Files") >= 0 ? form : null;
  }
  ["dragenter", "dragover"].forEach(function (name) {
    document.addEventListener(name, function (event) {
      var form = zone(event);
      if (!form) return;
      event.preventDefault();
      form.classList.add("dropping");
    });
  });
  document.addEventListener("dragleave", function (event) {
    var form = zone(event);
    if (form && !form.contains(event.relatedTarget)) form.classList.remove("dropping");
  });
  document.addEventListener("drop", function (event) {
    var form = zone(event);
    if (!form) return;
    event.preventDefault();
    form.classList.remove("dropping");
    var folders = Array.from(event.dataTransfer.items || []).map(function (item) {
      var entry = item.webkitGetAsEntry && item.webkitGetAsEntry();
      return entry && entry.isDirectory ? entry.name : "";
    });
    var files = Array.from(event.dataTransfer.files).filter(function (file, place) { return !folders[place]; });
    if (form.dataset.upload === "now") { take(form, files, folders.filter(Boolean)); return; }
    var input = form.querySelector("input[type=file]");
    var single = new DataTransfer();
    if (files[0]) single.items.add(files[0]);
    input.files = single.files;
    shown(form);
  });
  window.addEventListener("beforeunload", function (event) {
    if (!running && !waiting.length) return;
    event.preventDefault();
    event.returnValue = "";
  });
  document.documentElement.classList.add("uploads");
})();
