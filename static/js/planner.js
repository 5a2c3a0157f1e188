/* The planner of a contract or of all contracts: DHTMLX Gantt over our JSON and our words.
   Words come as data-label-… on the element (see components/planner.html) or as `labels` in the answer. */
(function () {
  "use strict";
  var DAY = 86400000;
  var element = document.querySelector("[data-planner]");
  if (!element || !window.gantt) return;
  var gantt = window.gantt;
  var erp = window.erp;
  var chinese = /^zh/.test(document.documentElement.lang);
  var readonly = element.hasAttribute("data-readonly");
  var words = {};
  Object.keys(element.dataset).forEach(function (key) {
    if (key.indexOf("label") === 0) words[key.charAt(5).toLowerCase() + key.slice(6)] = element.dataset[key];
  });
  var chart = element.querySelector("[data-planner-chart]") || element;
  var legend = element.querySelector("[data-planner-legend]");
  var undoButton = element.querySelector("[data-planner-undo]");
  var off = {};
  var worked = {};
  var rest = [5, 6];
  var today = null;
  var undoUrl = "";
  var all = { tasks: [], links: [] };
  var extra = { critical: {}, broken: {}, baseline: [] };
  var ghosts = [];
  var lateOnly = false;
  var panel = element.querySelector("[data-planner-preview]");

  function escape(text) {
    return String(text == null ? "" : text).replace(/[&<>"']/g, function (sign) { return "&#" + sign.charCodeAt(0) + ";"; });
  }
  function named(options) { var format = new Intl.DateTimeFormat(chinese ? "zh-CN" : "en-US", options); return function (date) { return format.format(date); }; }
  var month = named({ year: "numeric", month: "long" });
  var shortMonth = named({ month: "short" });
  function week(date) { return chinese ? date.getMonth() + 1 + "/" + date.getDate() : date.getDate() + " " + shortMonth(date); }
  function written(date) { return chinese ? iso(date) : week(date) + " " + date.getFullYear(); }
  function brief(date) { return chinese ? iso(date).slice(2) : week(date) + " " + String(date.getFullYear()).slice(2); }
  function parse(iso) { var part = iso.slice(0, 10).split("-"); return new Date(+part[0], part[1] - 1, +part[2]); }
  function iso(date) {
    return date.getFullYear() + "-" + String(date.getMonth() + 1).padStart(2, "0") + "-" + String(date.getDate()).padStart(2, "0");
  }
  function plus(date, days) { return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days); }
  /** A milestone lies in the middle of its day: after the work of the day before, before that of the next. */
  function noon(date) { return new Date(date.getFullYear(), date.getMonth(), date.getDate(), 12); }
  function lastDay(task) { return task.type === "milestone" ? task.start_date : plus(task.end_date, -1); }
  function fill(pattern, values) {
    return (pattern || "").replace(/\{(\w+)\}/g, function (_, name) { return values[name] == null ? "" : values[name]; });
  }
  function isOff(date) {
    var day = iso(date);
    return off[day] || (rest.indexOf((date.getDay() + 6) % 7) >= 0 && !worked[day]);
  }

  /* -- look -------------------------------------------------------------------------------- */
  gantt.i18n.setLocale(chinese ? "cn" : "en");
  gantt.plugins({ keyboard_navigation: true, tooltip: true });
  Object.assign(gantt.config, {
    readonly: readonly, date_format: "%Y-%m-%d", duration_unit: "day", row_height: 36, bar_height: 24, scale_height: 52,
    drag_progress: false, drag_links: !readonly && Boolean(element.dataset.linkUrl), order_branch: false, show_links: true, show_task_cells: false,
    details_on_dblclick: false, details_on_create: false, round_dnd_dates: false, open_tree_initially: true, smart_rendering: true,
    keyboard_navigation: true, keyboard_navigation_cells: false, wai_aria_attributes: true, show_errors: false, autoscroll: true,
    min_column_width: 28, grid_elastic_columns: false, fit_tasks: true, tooltip_timeout: 350, preserve_scroll: true, link_arrow_size: 6,
    start_on_monday: true, touch: true, scroll_size: 12
  });
  var narrow = window.matchMedia("(max-width: 767px)").matches;
  var past = narrow ? 1 : 7; // days before today that are shown with it
  gantt.config.task_scroll_offset = narrow ? 24 : 100;
  gantt.config.grid_width = narrow ? 132 : 486;
  var columns = [{ name: "text", label: words.task, tree: true, width: narrow ? 132 : 184, min_width: 100, template: function (task) { return escape(task.text); } }];
  if (!narrow) {
    columns.push(
      { name: "assignee", label: words.person, width: 74, template: function (task) { return escape(task.assignee); } },
      { name: "start_date", label: words.start, width: 86, align: "left", template: function (task) { return brief(task.start_date); } },
      { name: "end", label: words.end, width: 86, align: "left", template: function (task) { return brief(task.last > iso(lastDay(task)) ? parse(task.last) : lastDay(task)); } },
      { name: "progress", label: words.percent, width: 56, align: "right", template: function (task) { return task.grouping ? "" : Math.round(task.progress * 100) + "%"; } }
    );
  }
  gantt.config.columns = columns;
  gantt.templates.grid_folder = gantt.templates.grid_file = function () { return ""; };
  gantt.templates.grid_row_class = gantt.templates.task_row_class = function (start, end, task) {
    return (task.grouping ? "planner-group" : "") + (task.overdue ? " planner-late" : "");
  };
  gantt.templates.task_class = function (start, end, task) {
    var names = ["status-" + (task.status || "unstarted")];
    if (task.grouping) names = ["planner-summary"];
    if (task.overdue) names.push("bar-overdue");
    if (task.running) names.push("bar-running");
    if (showCritical && extra.critical[task.id]) names.push("bar-critical");
    if (task.mode === "manual" || task.mode === "fixed") names.push("bar-pinned");
    if (!task.can_edit) names.push("bar-fixed");
    return names.join(" ");
  };
  /** Whether a fixed or hand-made date breaks the link: of any type and lag, computed with the critical path. */
  function isBroken(link) { return Boolean(extra.broken[link.source + ">" + link.target]); }
  /** Or: a task planned to begin before what it waits for ends; what is done keeps nobody waiting. */
  gantt.templates.link_class = function (link) {
    if (isBroken(link)) return "link-late";
    if (String(link.type) !== "0" || !gantt.isTaskExists(link.source) || !gantt.isTaskExists(link.target)) return "";
    var before = gantt.getTask(link.source);
    var after = gantt.getTask(link.target);
    var free = before.ends_noon && after.begins_afternoon ? plus(before.end_date, -1) : plus(before.end_date, 0);
    var starts = after.type === "milestone" ? plus(after.start_date, 1) : after.start_date;
    return before.status !== "done" && starts < free ? "link-late" : "";
  };
  gantt.templates.task_text = function (start, end, task) { return task.grouping || task.type === "milestone" ? "" : escape(task.text); };
  gantt.templates.rightside_text = function (start, end, task) {
    if (task.type === "milestone") return escape(task.text);
    return task.overdue ? '<span class="planner-overdue">' + escape(task.overdue_label) + "</span>" : "";
  };
  function days(task) {
    var first = written(task.start_date);
    var last = written(lastDay(task));
    return first === last ? first : first + " – " + last;
  }
  gantt.templates.tooltip_text = function (start, end, task) {
    if (task.grouping) return escape(task.text);
    return "<b>" + escape(task.text) + "</b>" + days(task) + "<br>" +
      [task.half_label, task.status_label, Math.round(task.progress * 100) + "%", task.assignee, task.overdue ? task.overdue_label : ""].filter(Boolean).map(escape).join(" · ");
  };
  function dayClass(date) {
    return (isOff(date) ? "planner-off-head" : "") + (today && iso(date) === iso(today) ? " planner-today-head" : "");
  }

  /* -- scales -------------------------------------------------------------------------------- */
  if (!gantt.date.quarter_start) {
    gantt.date.quarter_start = function (date) { return new Date(date.getFullYear(), Math.floor(date.getMonth() / 3) * 3, 1); };
    gantt.date.add_quarter = function (date, by) { return gantt.date.add(date, by * 3, "month"); };
  }
  function quarter(date) { return date.getFullYear() + " Q" + (Math.floor(date.getMonth() / 3) + 1); }
  // the upper labels stay in sight by CSS, which knows how wide they are
  var scales = {
    day: { width: 32, rows: [{ unit: "month", step: 1, format: month, sticky: false }, { unit: "day", step: 1, format: "%j", css: dayClass }] },
    week: { width: 64, rows: [{ unit: "month", step: 1, format: month, sticky: false }, { unit: "week", step: 1, format: week }] },
    month: { width: 84, rows: [{ unit: "year", step: 1, format: "%Y", sticky: false }, { unit: "month", step: 1, format: shortMonth }] },
    quarter: { width: 120, rows: [{ unit: "year", step: 1, format: "%Y", sticky: false }, { unit: "quarter", step: 1, format: quarter }] }
  };
  function setScale(name) {
    gantt.config.scales = scales[name].rows;
    gantt.config.min_column_width = scales[name].width;
    element.querySelectorAll("[data-planner-scale]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.value === name));
    });
  }

  /* -- holidays and today: one layer under the bars. It is as high as the window and goes sideways with the
        scrolled area it lies in: stripes as long as the plan are painted anew with every scrolled row ---- */
  var layer = document.createElement("div");
  layer.className = "planner-days";
  gantt.attachEvent("onGanttRender", function () {
    drawDays();
    drawGhosts();
  });
  function drawDays() {
    if (!gantt.$task_data) return;
    var state = gantt.getState();
    var area = gantt.$task_data.parentNode;
    layer.replaceChildren();
    if (state.scale_unit === "day" || state.scale_unit === "week") {
      for (var day = new Date(state.min_date); day < state.max_date; day = plus(day, 1)) if (isOff(day)) add("planner-off", day, plus(day, 1));
    }
    if (today && today >= state.min_date && today < state.max_date) add("planner-today", today, null);
    area.insertBefore(layer, gantt.$task_data);
    layer.style.top = gantt.$task_data.offsetTop + "px";
  }
  function add(name, from, to) {
    var mark = document.createElement("div");
    mark.className = name;
    var left = gantt.posFromDate(from);
    mark.style.left = left + "px";
    if (to) mark.style.width = gantt.posFromDate(to) - left + "px";
    layer.append(mark);
  }

  /* -- beside the bars: the baseline under them, and where a change would put them ------------------ */
  var shadows = document.createElement("div");
  shadows.className = "planner-shadows";
  shadows.setAttribute("aria-hidden", "true");
  function drawGhosts() {
    if (!gantt.$task_data) return;
    shadows.replaceChildren();
    if (showBaseline) extra.baseline.forEach(function (kept) { shadow("bar-baseline", kept[0], kept[1], kept[2], 28, 6); });
    ghosts.forEach(function (move) { shadow("bar-ghost" + (move.beyond ? " bar-ghost-beyond" : ""), move.id, move.start, move.end, 6, 24); });
    gantt.$task_data.append(shadows);
  }
  function shadow(name, id, start, end, down, height) {
    if (!gantt.isTaskExists(id) || !gantt.isTaskVisible(id)) return;
    var mark = document.createElement("div");
    mark.className = name;
    var left = gantt.posFromDate(parse(start));
    mark.style.left = left + "px";
    mark.style.top = gantt.getTaskTop(id) + down + "px";
    mark.style.width = Math.max(6, gantt.posFromDate(plus(parse(end), 1)) - left) + "px";
    mark.style.height = height + "px";
    shadows.append(mark);
  }
  /** What is critical and what the baseline says comes after the bars: it is computed, not read. */
  var showCritical = true;
  var showBaseline = true;
  function loadExtra() {
    if (!element.dataset.analysisUrl) return;
    fetch(element.dataset.analysisUrl, { headers: { Accept: "application/json" }, credentials: "same-origin" }).then(answerOf).then(function (data) {
      extra = { critical: {}, broken: {}, baseline: data.baseline || [], name: data.baseline_name };
      (data.broken || []).forEach(function (ends) { extra.broken[ends.join(">")] = true; });
      (data.critical || []).forEach(function (id) { extra.critical[id] = true; });
      // only marked, not drawn anew: somebody may hold a bar already
      chart.querySelectorAll(".gantt_task_line").forEach(function (bar) {
        bar.classList.toggle("bar-critical", showCritical && Boolean(extra.critical[bar.dataset.taskId || bar.getAttribute("task_id")]));
      });
      chart.querySelectorAll(".gantt_task_link").forEach(function (line) {
        var id = line.dataset.linkId || line.getAttribute("link_id");
        if (gantt.isLinkExists(id) && isBroken(gantt.getLink(id))) line.classList.add("link-late");
      });
      drawGhosts();
      drawLegend();
    }).catch(function () { /* the plan itself is there */ });
  }

  /* -- data ---------------------------------------------------------------------------------- */
  function show() {
    var rows = [];
    var groups = {};
    var shown = {};
    all.tasks.forEach(function (task) { if (!lateOnly || task.overdue) shown[task.id] = true; });
    all.tasks.forEach(function (task) {
      if (!shown[task.id]) return;
      var group = task.group || task.department;
      var parent = task.parent && shown[task.parent] ? task.parent : 0;
      if (!parent && group) {
        parent = "group:" + group;
        if (!groups[parent]) {
          groups[parent] = { id: parent, text: group, type: "project", grouping: true, open: true, progress: 0, can_edit: false, last: "" };
          rows.push(groups[parent]);
        }
      }
      var last = task.end_date || task.start_date;
      if (groups[parent] && last > groups[parent].last) groups[parent].last = last;
      var start = task.milestone ? noon(parse(task.start_date)) : parse(task.start_date);
      var end = plus(parse(task.end_date || task.start_date), 1);
      rows.push(Object.assign({}, task, {
        parent: parent, open: true, start_date: start, end_date: task.milestone ? start : end, type: task.milestone ? "milestone" : "task",
        running: task.running || (task.progress > 0 && task.progress < 1), can_edit: !readonly && task.can_edit !== false
      }));
    });
    var sight = chart.querySelector(".gantt_task_line") ? gantt.getScrollState() : null;
    var left = sight ? gantt.dateFromPos(sight.x) : null;
    frameTime(rows);
    drawing = false;
    gantt.clearAll();
    gantt.parse({
      data: rows,
      links: all.links.filter(function (link) { return shown[link.source] && shown[link.target]; }).map(function (link) { return Object.assign({}, link, { readonly: true }); })
    });
    drawing = true;
    if (left) gantt.scrollTo(gantt.posFromDate(left), sight.y);
    var empty = element.querySelector("[data-planner-empty]");
    if (empty) empty.hidden = rows.length > 0;
  }
  /** The scale spans all bars and today, with room to drag into. */
  function frameTime(rows) {
    var starts = rows.filter(function (row) { return row.start_date; }).map(function (row) { return +row.start_date; });
    var ends = rows.filter(function (row) { return row.end_date; }).map(function (row) { return +row.end_date; });
    var now = +(today || new Date());
    gantt.config.start_date = plus(new Date(Math.min.apply(null, starts.concat(now))), -14);
    gantt.config.end_date = plus(new Date(Math.max.apply(null, ends.concat(now))), 45);
  }
  /** A plan of more than forty days opens in weeks, unless the page says otherwise. */
  function openingScale() {
    if (element.dataset.scale || narrow || !all.tasks.length) return;
    var first = Math.min.apply(null, all.tasks.map(function (task) { return +parse(task.start_date); }));
    var last = Math.max.apply(null, all.tasks.map(function (task) { return +parse(task.end_date || task.start_date); }));
    if (last - first > 40 * DAY) setScale("week");
  }
  /** Where the eye should begin: a week before today, or at the earliest task still open as long as today stays in view. */
  function firstOpen() {
    var begin = plus(today, -past);
    all.tasks.forEach(function (task) {
      if (!/^(done|cancelled)$/.test(task.status) && parse(task.start_date) < begin) begin = plus(parse(task.start_date), -2);
    });
    var room = (0.8 * (gantt.$task ? gantt.$task.offsetWidth : 0) - gantt.config.task_scroll_offset) / (gantt.posFromDate(plus(today, 1)) - gantt.posFromDate(today) || 1);
    return new Date(Math.max(+begin, +plus(today, -Math.max(past, Math.floor(room)))));
  }
  function drawLegend() {
    if (!legend) return;
    var seen = {};
    legend.replaceChildren();
    all.tasks.forEach(function (task) { if (task.status && !seen[task.status]) seen[task.status] = task.status_label || task.status; });
    Object.keys(seen).forEach(function (status) { entry("bar-sample status-" + status, seen[status]); });
    if (all.tasks.some(function (task) { return task.milestone; })) entry("planner-milestone-sample", words.milestone);
    if (all.tasks.some(function (task) { return task.overdue; })) entry("bar-sample bar-overdue status-processing", words.overdue);
    if (showCritical && Object.keys(extra.critical).length) entry("bar-sample bar-critical status-processing", words.critical);
    if (showBaseline && extra.baseline.length) entry("planner-baseline-sample", extra.name || words.baseline);
    entry("planner-off-sample", words.holiday);
    entry("planner-today-sample", words.today);
    function entry(name, text) {
      if (!text) return;
      var item = document.createElement("li");
      var sample = document.createElement("span");
      sample.className = name;
      item.append(sample, text);
      legend.append(item);
    }
  }
  function load(scroll) {
    return fetch(element.dataset.url, { headers: { Accept: "application/json" }, credentials: "same-origin" })
      .then(answerOf)
      .then(function (data) {
        Object.assign(words, data.labels || {});
        all = { tasks: data.tasks || [], links: data.links || [] };
        off = {};
        worked = {};
        rest = data.rest || rest;
        (data.holidays || []).forEach(function (day) { off[day] = true; });
        (data.workdays || []).forEach(function (day) { worked[day] = true; });
        today = data.today ? parse(data.today) : null;
        if (scroll) openingScale();
        show();
        drawLegend();
        if (scroll && today) gantt.showDate(firstOpen());
        loadExtra();
      })
      .catch(function (problem) {
        if (problem.login) { location.assign(problem.login); return; }
        erp.toast(words.failed || erp.words.network, "error", { label: erp.words.retry, run: function () { load(true); } });
      });
  }
  /** The data of a reply. A refusal, or a page where data was due, is an Error with a sentence:
      `login` is where to sign in again, `outdated` says that what is shown here is not what is stored. */
  function answerOf(reply) {
    var data = /json/.test(reply.headers.get("Content-Type") || "");
    return (data ? reply.json() : Promise.resolve({})).then(function (answer) {
      if (reply.ok && data && !reply.redirected) return answer;
      var known = { 403: erp.words.forbidden, 404: erp.words.missing };
      var problem = new Error(answer.message || known[reply.status] || erp.words.failed);
      if (reply.status === 401 || reply.redirected) problem.login = answer.login || location.href;
      problem.outdated = reply.status === 404 || reply.status === 409;
      throw problem;
    });
  }
  function complain(problem) {
    erp.toast(problem instanceof TypeError ? erp.words.network : problem.message, "error");
    if (problem.login) setTimeout(function () { location.assign(problem.login); }, 1500); // time to read why
    else if (problem.outdated) return load(false);
  }

  /* -- moving: drag, resize and keyboard ask what would follow; one confirm writes all of it --------- */
  function place(task, start, end) {
    task.start_date = task.type === "milestone" ? noon(start) : start;
    task.end_date = task.type === "milestone" ? task.start_date : plus(end, 1);
    gantt.updateTask(task.id);
  }
  /** Where a bar was let go, to the nearest day at every scale; it lasts a day at least. */
  function dropped(task) {
    var start = task.type === "milestone" ? plus(task.start_date, 0) : nearest(task.start_date);
    var last = task.type === "milestone" ? start : plus(nearest(task.end_date), -1);
    if (last < start && iso(start) === held.start) last = start;
    else if (last < start) start = last;
    return { start: iso(start), end: iso(last) };
  }
  function nearest(date) { return plus(date, date.getHours() < 12 ? 0 : 1); }
  function span(task) { return { start: iso(task.start_date), end: iso(lastDay(task)) }; }
  /** Ask what a move would do. The bar goes back; ghosts show where everything would be, the panel asks. */
  function post(id, from, to) {
    var task = gantt.getTask(id);
    task.saving = true;
    return weigh(element.dataset.rescheduleUrl.replace("/0/", "/" + id + "/"), { start: to.start, end: to.end, version: task.version })
      .finally(function () {
        if (!gantt.isTaskExists(id)) return;
        gantt.getTask(id).saving = false;
        place(gantt.getTask(id), parse(from.start), parse(from.end));
      });
  }
  function weigh(url, values) {
    forget();
    return send(url, values).then(function (answer) {
      if (answer.html) return look(answer);
      settled(answer.undo, answer.message);
    }).catch(complain);
  }
  function look(answer) {
    ghosts = answer.moves || [];
    panel.innerHTML = answer.html;
    panel.hidden = false;
    window.htmx.process(panel);
    gantt.setSizes();
    if (ghosts.length && gantt.isTaskExists(ghosts[0].id)) gantt.showTask(ghosts[0].id);
    gantt.render();
    chart.scrollIntoView({ block: "start" });
    var head = panel.querySelector("h2");
    if (head) { head.tabIndex = -1; head.focus({ preventScroll: true }); }
    erp.say([answer.ends, answer.delivery].concat(answer.notes || []).filter(Boolean).join(" "));
  }
  function forget() {
    ghosts = [];
    if (panel && !panel.hidden) { panel.hidden = true; panel.replaceChildren(); gantt.setSizes(); }
    drawGhosts();
  }
  function settled(undo, message) {
    forget();
    undoUrl = undo || "";
    undoState();
    if (message) erp.toast(message, "success");
    return load(false);
  }
  function undo() {
    if (!undoUrl) return;
    var url = undoUrl;
    undoUrl = "";
    undoState();
    send(url, {}).then(function (answer) { settled("", answer.message); }).catch(complain);
  }
  function undoState() { if (undoButton) undoButton.disabled = !undoUrl; }
  undoState();
  document.body.addEventListener("plan-changed", function (event) { settled(event.detail.undo); });
  if (panel) panel.addEventListener("click", function (event) {
    if (event.target.closest("[data-close-dialog]")) { event.preventDefault(); forget(); gantt.render(); }
  });
  if (panel) panel.addEventListener("keydown", function (event) {
    if (event.key === "Escape") { forget(); gantt.render(); gantt.focus(); }
  });

  var held = null;
  gantt.attachEvent("onBeforeTaskDrag", function (id) {
    var task = gantt.getTask(id);
    if (!task.can_edit || task.grouping || task.saving) return false;
    held = span(task);
    return true;
  });
  gantt.attachEvent("onAfterTaskDrag", function (id) {
    var task = gantt.getTask(id);
    var now = dropped(task);
    if (held && (now.start !== held.start || now.end !== held.end)) post(id, held, now);
    else if (held) place(task, parse(held.start), parse(held.end));
    held = null;
  });
  ["onBeforeLightbox", "onBeforeTaskDelete"].forEach(function (name) {
    gantt.attachEvent(name, function () { return false; });
  });

  /* -- links: drawn from bar to bar, removed by a double click; the server decides -------------------- */
  var KINDS = ["FS", "SS", "FF", "SF"];
  var drawing = true; // false while rows are loaded, which adds links as well
  function send(url, values) {
    var form = new FormData();
    Object.keys(values).forEach(function (name) { form.append(name, values[name]); });
    return fetch(url, { method: "POST", body: form, credentials: "same-origin", headers: { "X-CSRFToken": erp.csrf(), Accept: "application/json" } })
      .then(answerOf);
  }
  gantt.attachEvent("onLinkValidation", function (link) {
    return gantt.isTaskExists(link.target) && gantt.getTask(link.target).can_link === true && !gantt.getTask(link.source).grouping;
  });
  gantt.attachEvent("onBeforeLinkAdd", function (id, link) {
    if (!drawing) return true;
    weigh(element.dataset.linkUrl.replace("/0/", "/" + link.target + "/"), { predecessor: link.source, type: KINDS[link.type] || "FS", lag: 0 });
    return false;
  });
  gantt.attachEvent("onBeforeLinkDelete", function () { return false; });
  gantt.attachEvent("onLinkDblClick", function (id) {
    var link = gantt.getLink(id);
    if (readonly || !element.dataset.unlinkUrl || !gantt.getTask(link.target).can_link) return false;
    erp.ask(fill(words.unlink, { from: gantt.getTask(link.source).text, to: gantt.getTask(link.target).text })).then(function (yes) {
      if (yes) weigh(element.dataset.unlinkUrl.replace("/0/", "/" + id + "/"), {});
    });
    return false;
  });
  ["enter", "delete", "ctrl+enter", "insert", "alt+insert", "space", "ctrl+z", "ctrl+r"].forEach(function (key) {
    ["gantt", "taskRow", "taskCell"].forEach(function (scope) { gantt.removeShortcut(key, scope); });
  });
  function open(id) {
    if (!gantt.isTaskExists(id) || gantt.getTask(id).grouping) return;
    var task = gantt.getTask(id);
    var url = task.url || (element.dataset.taskUrl || "").replace("/0/", "/" + id + "/");
    if (url) location.href = url;
  }
  gantt.attachEvent("onTaskDblClick", function (id) { open(id); return false; });

  /* m moves by keyboard: arrows one day, Shift a week, Alt the end only; Enter keeps, Esc returns. */
  var moving = null;
  function focusedId() {
    var row = document.activeElement && document.activeElement.closest("[data-task-id], [task_id]");
    return row ? row.getAttribute("data-task-id") || row.getAttribute("task_id") : gantt.getSelectedId();
  }
  chart.addEventListener("keydown", function (event) {
    if (event.isComposing || event.target.matches("input, select, textarea")) return;
    var id = moving ? moving.id : focusedId();
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") { event.preventDefault(); event.stopPropagation(); undo(); return; }
    if (!moving) {
      if (!id || !gantt.isTaskExists(id)) return;
      if (event.key === "Enter") { event.preventDefault(); event.stopPropagation(); open(id); }
      else if (event.key === "m" && gantt.getTask(id).can_edit) {
        event.preventDefault();
        event.stopPropagation();
        moving = { id: id, from: span(gantt.getTask(id)) };
        element.classList.add("planner-moving");
        erp.say(words.moving);
        erp.toast(words.moving, "info");
      }
      return;
    }
    var task = gantt.getTask(id);
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") place(task, parse(moving.from.start), parse(moving.from.end));
    else if (event.key === "Enter") {
      var now = span(task);
      if (now.start !== moving.from.start || now.end !== moving.from.end) post(id, moving.from, now);
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      var by = (event.key === "ArrowLeft" ? -1 : 1) * (event.shiftKey ? 7 : 1);
      var end = plus(lastDay(task), by);
      var start = event.altKey ? task.start_date : plus(task.start_date, by);
      if (end >= start) place(task, start, end);
      erp.say(fill(words.moved, { task: task.text, start: iso(task.start_date), end: iso(lastDay(task)) }));
      return;
    } else return;
    moving = null;
    element.classList.remove("planner-moving");
  }, true);
  document.addEventListener("keydown", function (event) {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !event.target.matches("input, textarea, select") && undoUrl) {
      event.preventDefault();
      undo();
    }
  });

  /* -- toolbar ---------------------------------------------------------------------------------- */
  element.addEventListener("click", function (event) {
    var scale = event.target.closest("[data-planner-scale]");
    if (scale) { setScale(scale.value); gantt.render(); if (today) gantt.showDate(plus(today, -past)); }
    if (event.target.closest("[data-planner-today]") && today) gantt.showDate(plus(today, -past));
    if (event.target.closest("[data-planner-undo]")) undo();
    var late = event.target.closest("[data-planner-late]");
    if (late) { lateOnly = !lateOnly; late.setAttribute("aria-pressed", String(lateOnly)); show(); }
    var critical = event.target.closest("[data-planner-critical]");
    if (critical) { showCritical = !showCritical; critical.setAttribute("aria-pressed", String(showCritical)); gantt.render(); drawLegend(); }
    var baseline = event.target.closest("[data-planner-baseline]");
    if (baseline) { showBaseline = !showBaseline; baseline.setAttribute("aria-pressed", String(showBaseline)); drawGhosts(); drawLegend(); }
    var links = event.target.closest("[data-planner-links]");
    if (links) { gantt.config.show_links = !gantt.config.show_links; links.setAttribute("aria-pressed", String(gantt.config.show_links)); gantt.render(); }
  });
  document.addEventListener("themechange", function () { gantt.render(); });

  chart.dataset.keys = "own";
  setScale(element.dataset.scale || (narrow ? "week" : "day"));
  gantt.init(chart);
  load(true);
})();
