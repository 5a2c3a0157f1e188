/* Charts: ECharts is fetched when the first chart comes into view; colours are our tokens. */
(function () {
  "use strict";
  var loading = null;
  var drawn = [];
  function token(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }
  function library(url) {
    if (!loading) {
      loading = new Promise(function (done, fail) {
        var script = document.createElement("script");
        script.src = url;
        script.onload = function () { done(window.echarts); };
        script.onerror = fail;
        document.head.append(script);
      });
    }
    return loading;
  }
  /** Replace every "--name" by the value of that token. */
  function coloured(value) {
    if (typeof value === "string") return value.indexOf("--") === 0 ? token(value) : value;
    if (Array.isArray(value)) return value.map(coloured);
    if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(function (pair) { return [pair[0], coloured(pair[1])]; }));
    return value;
  }
  function list(value) { return value == null ? [] : Array.isArray(value) ? value : [value]; }
  function dressed(source) {
    var option = coloured(source);
    var quiet = { color: token("--muted"), fontSize: 12 };
    var still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    list(option.xAxis).concat(list(option.yAxis)).forEach(function (axis) {
      axis.axisLabel = Object.assign({}, quiet, axis.axisLabel);
      axis.axisLine = Object.assign({ lineStyle: { color: token("--hairline") } }, axis.axisLine);
      axis.axisTick = Object.assign({ show: false }, axis.axisTick);
      axis.splitLine = Object.assign({ lineStyle: { color: token("--hairline") } }, axis.splitLine);
    });
    list(option.series).forEach(function (series) {
      if (series.color) series.itemStyle = Object.assign({ color: series.color }, series.itemStyle);
      if (series.type === "bar") { series.barMaxWidth = series.barMaxWidth || 28; }
      if (series.type === "line") { series.symbolSize = series.symbolSize || 7; series.lineStyle = Object.assign({ width: 2, color: series.color }, series.lineStyle); }
      if (series.type === "pie") series.label = Object.assign({ color: token("--text") }, series.label);
    });
    return Object.assign({
      color: ["--processing-line", "--accepted-line", "--issue-line", "--production-line", "--unstarted-line", "--risk-line"].map(token),
      backgroundColor: "transparent", animation: !still, animationDuration: 300,
      textStyle: { fontFamily: token("--font-ui"), color: token("--text") },
      grid: { left: 8, right: 8, top: 32, bottom: 4, containLabel: true },
      tooltip: { trigger: list(option.series).some(function (one) { return one.type === "pie"; }) ? "item" : "axis", confine: true, backgroundColor: token("--raised"), borderColor: token("--hairline"), textStyle: { color: token("--text"), fontSize: 13 } }
    }, option, option.legend ? { legend: Object.assign({ top: 0, left: 0, itemWidth: 12, itemHeight: 8, textStyle: quiet }, option.legend) } : {});
  }
  function draw(element) {
    var data = document.getElementById(element.dataset.chart);
    if (!data) return;
    library(element.dataset.src).then(function (echarts) {
      var chart = echarts.init(element, null, { renderer: "svg" });
      var source = JSON.parse(data.textContent);
      chart.setOption(dressed(source));
      if (element.dataset.click !== undefined) chart.on("click", function (event) { if (event.data && event.data.url) location.href = event.data.url; });
      drawn.push({ element: element, chart: chart, source: source });
      if (window.ResizeObserver) new ResizeObserver(function () { chart.resize(); }).observe(element);
    }).catch(function () { loading = null; var twin = element.parentElement.querySelector(".chart-twin"); if (twin) twin.open = true; });
  }
  var watcher = "IntersectionObserver" in window ? new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) { if (entry.isIntersecting) { watcher.unobserve(entry.target); draw(entry.target); } });
  }, { rootMargin: "120px" }) : null;
  function scan() {
    document.querySelectorAll("[data-chart]").forEach(function (element) {
      if (element.dataset.ready) return;
      element.dataset.ready = "yes";
      if (watcher) watcher.observe(element); else draw(element);
    });
  }
  scan();
  document.body.addEventListener("htmx:afterSettle", scan);
  document.addEventListener("themechange", function () {
    drawn = drawn.filter(function (one) { if (one.element.isConnected) return true; one.chart.dispose(); return false; });
    drawn.forEach(function (one) { one.chart.setOption(dressed(one.source), true); });
  });
})();
