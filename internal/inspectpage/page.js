"use strict";
/* A line through all tracks at the pointer, with the time there. All else on the page works without it. */
(function () {
  function clock(s) {
    if (s < 59.995) return s.toFixed(2) + " s";
    var t = Math.round(s * 10), h = Math.floor(t / 36000), m = Math.floor(t / 600) % 60, r = ((t % 600) / 10).toFixed(1);
    if (t % 600 < 100) r = "0" + r;
    return h ? h + ":" + (m < 10 ? "0" : "") + m + ":" + r : m + ":" + r;
  }
  document.querySelectorAll(".chart").forEach(function (chart) {
    var cursor = chart.querySelector(".cursor");
    if (!cursor) return;
    var label = cursor.firstElementChild;
    var seconds = chart.dataset.ns / 1e9, start = chart.dataset.startUs / 1e3;
    chart.addEventListener("pointermove", function (e) {
      var box = chart.querySelector(".axis").getBoundingClientRect(), all = chart.getBoundingClientRect();
      var at = (e.clientX - box.left) / box.width;
      cursor.hidden = !(at >= 0 && at <= 1);
      if (cursor.hidden) return;
      label.textContent = clock(at * seconds);
      if (start) label.textContent += " · " + new Date(start + at * seconds * 1e3).toISOString().slice(11, 23) + " UTC";
      cursor.style.left = e.clientX - all.left + chart.scrollLeft + "px";
      cursor.classList.toggle("left", at > .7);
    });
    chart.addEventListener("pointerleave", function () { cursor.hidden = true; });
  });
})();
