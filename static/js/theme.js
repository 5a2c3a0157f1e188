/* Runs before the first paint: theme, row height and menu width from their cookies. */
(function () {
  "use strict";
  var root = document.documentElement;
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  function cookie(name) {
    var found = document.cookie.match(new RegExp("(?:^|; )" + name + "=([a-z]+)"));
    return found ? found[1] : "";
  }
  function apply() {
    var choice = cookie("theme") || root.dataset.themeChoice || "auto";
    root.dataset.themeChoice = choice;
    root.dataset.bsTheme = choice === "auto" ? (dark.matches ? "dark" : "light") : choice;
    if (cookie("density")) root.dataset.density = cookie("density");
    if (cookie("sidebar")) root.dataset.sidebar = cookie("sidebar");
    document.dispatchEvent(new CustomEvent("themechange"));
  }
  apply();
  if (dark.addEventListener) dark.addEventListener("change", apply);
  window.applyTheme = apply;
})();
