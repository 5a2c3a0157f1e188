/* Light read-only timelines: Frappe Gantt over json_script, our words, our looks. */
(function () {
  "use strict";
  var SVG = "http://www.w3.org/2000/svg";

  function patterns() {
    if (document.getElementById("bar-patterns")) return;
    var svg = document.createElementNS(SVG, "svg");
    svg.id = "bar-patterns";
    svg.setAttribute("aria-hidden", "true");
    svg.setAttribute("class", "visually-hidden");
    [["stripes", "M-2 10 10 -2M2 14 14 2", 8], ["dots", "M4 4h.01", 8], ["hatch", "M-2 -2 10 10M-2 6 6 14M6 -2 14 6", 8]].forEach(function (shape) {
      var pattern = document.createElementNS(SVG, "pattern");
      var line = document.createElementNS(SVG, "path");
      pattern.id = "bar-" + shape[0];
      pattern.setAttribute("width", shape[2]);
      pattern.setAttribute("height", shape[2]);
      pattern.setAttribute("patternUnits", "userSpaceOnUse");
      line.setAttribute("d", shape[1]);
      line.setAttribute("class", "pattern-" + shape[0]);
      pattern.append(line);
      svg.append(pattern);
    });
    document.body.append(svg);
  }
  function iso(date) {
    return date.getFullYear() + "-" + String(date.getMonth() + 1).padStart(2, "0") + "-" + String(date.getDate()).padStart(2, "0");
  }
  /** `after`: days to show behind the last bar, so that today is among them. */
  function modes(language, first, after) {
    var locale = language === "zh" ? "zh-CN" : "en-GB";
    var month = new Intl.DateTimeFormat(locale, { year: "numeric", month: "long" });
    var short = new Intl.DateTimeFormat(locale, { month: "short" });
    function newMonth(day, last) { return !last || day.getMonth() !== last.getMonth() ? month.format(day) : ""; }
    return [
      { name: "Day", padding: ["3d", after + "d"], step: "1d", date_format: "YYYY-MM-DD", column_width: 34, lower_text: function (day) { return String(day.getDate()); }, upper_text: newMonth, thick_line: function (day) { return day.getDay() === 1; } },
      { name: "Week", padding: ["7d", after + 7 + "d"], step: "7d", date_format: "YYYY-MM-DD", column_width: 84, lower_text: function (day) { return day.getMonth() + 1 + "/" + day.getDate(); }, upper_text: newMonth, upper_text_frequency: 4 },
      { name: "Month", padding: ["1m", "2m"], step: "1m", date_format: "YYYY-MM", column_width: 92, lower_text: function (day) { return short.format(day); }, upper_text: function (day, last) { return !last || day.getFullYear() !== last.getFullYear() ? String(day.getFullYear()) : ""; }, snap_at: "7d" }
    ].sort(function (one, two) { return (two.name === first) - (one.name === first); });  // it opens with the first
  }
  function drawn(status) {
    if (/^(production|partially_arrived)$/.test(status)) return "stripes";
    if (/^(issue|waiting_qc|pending|reopened)$/.test(status)) return "dots";
    return "";
  }
  function start(element) {
    if (element.dataset.ready) return;
    element.dataset.ready = "yes";
    var source = document.getElementById(element.dataset.timeline);
    var rows = source ? JSON.parse(source.textContent) : [];
    var words = JSON.parse(element.dataset.labels || "{}");
    var language = /^zh/.test(element.dataset.lang || document.documentElement.lang) ? "zh" : "en";
    if (!rows.length) return;
    patterns();
    var known = {};
    rows.forEach(function (row) { known[row.id] = row; });
    var tasks = rows.map(function (row) {
      return {
        id: String(row.id), name: row.name, start: row.start, end: row.end || row.start, progress: row.progress || 0,
        dependencies: (row.dependencies || []).map(String).filter(function (id) { return known[id]; }),
        custom_class: "status-" + (row.status || "unstarted")
      };
    });
    function words_of(row) {
      return [row.name, row.start + " – " + (row.end || row.start), row.status_label, (row.progress || 0) + "%", row.assignee, row.overdue ? row.overdue_label : ""].filter(Boolean);
    }
    var bar = document.createElement("div");
    var frame = document.createElement("div");
    bar.className = "timeline-bar segmented";
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", words.scale || "");
    element.append(bar, frame);
    var site = JSON.parse(element.dataset.off || "{}");
    var rest = site.rest || [5, 6];
    var off = site.holidays || [];
    var worked = site.workdays || [];
    var now = Date.now();
    var day = 86400000;
    var lastEnd = Math.max.apply(null, tasks.map(function (task) { return +new Date(task.end); }));
    var after = Math.max(7, Math.ceil((now - lastEnd) / day) + 7);
    // begin shortly before today, or earlier (four weeks at most) where something is overdue
    var from = rows.reduce(function (early, row) { return row.overdue ? Math.min(early, +new Date(row.start)) : early; }, now - 3 * day);
    var chart = new window.Gantt(frame, tasks, {
      readonly: true, language: language, view_modes: modes(language, element.dataset.view || "Week", after), infinite_padding: false, bar_height: 22, padding: 14, upper_header_height: 30, lower_header_height: 26,
      container_height: "auto", today_button: false, scroll_to: iso(new Date(Math.max(from, now - 28 * day))), lines: "vertical", popup_on: "click", arrow_curve: 4, bar_corner_radius: 4,
      holidays: { "var(--g-weekend-highlight-color)": "weekend" },
      is_weekend: function (date) {
        var day = iso(date);
        return off.indexOf(day) >= 0 || (rest.indexOf((date.getDay() + 6) % 7) >= 0 && worked.indexOf(day) < 0);
      },
      popup: function (context) {
        var row = known[context.task.id];
        var lines = words_of(row);
        var box = context.chart.popup && context.chart.popup.parent || frame.querySelector(".popup-wrapper");
        box.replaceChildren();
        var title = document.createElement(row.url ? "a" : "b");
        if (row.url) title.href = row.url;
        title.className = "title";
        title.textContent = lines.shift();
        box.append(title);
        lines.forEach(function (line) { var p = document.createElement("p"); p.textContent = line; box.append(p); });
        var meter = document.createElement("progress");
        meter.max = 100;
        meter.value = row.progress || 0;
        meter.setAttribute("aria-label", words.progress || row.name);
        box.append(meter);
      }
    });
    function dress() {
      frame.querySelectorAll(".bar-wrapper").forEach(function (group) {
        var row = known[group.dataset.id || group.getAttribute("data-id")];
        if (!row) return;
        group.classList.toggle("bar-overdue", Boolean(row.overdue));
        group.setAttribute("tabindex", "0");
        group.setAttribute("role", "button");
        group.setAttribute("aria-label", words_of(row).join(", "));
        var rect = group.querySelector(".bar");
        var pattern = row.overdue ? "hatch" : drawn(row.status);
        if (rect && pattern && !group.querySelector(".bar-pattern")) {
          var over = rect.cloneNode(false);
          over.setAttribute("class", "bar-pattern");
          over.style.fill = "url(#bar-" + pattern + ")";
          rect.after(over);
        }
        if (row.overdue && rect && !group.querySelector(".bar-edge")) {
          var edge = document.createElementNS(SVG, "rect");
          ["x", "y", "height"].forEach(function (name) { edge.setAttribute(name, rect.getAttribute(name)); });
          edge.setAttribute("width", 4);
          edge.setAttribute("class", "bar-edge");
          rect.after(edge);
        }
      });
    }
    dress();
    ["Day", "Week", "Month"].forEach(function (mode) {
      if (!words[mode]) return;
      var button = document.createElement("button");
      button.type = "button";
      button.value = mode;
      button.textContent = words[mode];
      button.setAttribute("aria-pressed", String(mode === (element.dataset.view || "Week")));
      button.addEventListener("click", function () {
        chart.change_view_mode(mode);
        dress();
        bar.querySelectorAll("[value]").forEach(function (one) { one.setAttribute("aria-pressed", String(one === button)); });
      });
      bar.append(button);
    });
    if (words.today) {
      var toToday = document.createElement("button");
      toToday.type = "button";
      toToday.textContent = words.today;
      toToday.addEventListener("click", function () { chart.scroll_current(); });
      bar.append(toToday);
    }
    frame.addEventListener("keydown", function (event) {
      var group = event.target.closest(".bar-wrapper");
      if (group && (event.key === "Enter" || event.key === " ")) {
        event.preventDefault();
        var rect = group.querySelector(".bar");
        var id = group.getAttribute("data-id");
        chart.show_popup({ x: +rect.getAttribute("x"), y: +rect.getAttribute("y") + 32, target: rect, task: tasks.find(function (task) { return task.id === id; }) });
        var link = frame.querySelector(".popup-wrapper a");
        if (link) link.focus();
      }
      if (event.key === "Escape") { chart.hide_popup(); if (group) group.focus(); }
    });
  }
  function scan() { if (window.Gantt) document.querySelectorAll("[data-timeline]").forEach(start); }
  scan();
  document.body.addEventListener("htmx:afterSettle", scan);
})();
