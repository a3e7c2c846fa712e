"use strict";
// Keeps a page up to date: progress as it happens, and the page again when a job's state has changed.

const shown = new Map();
const home = document.querySelector("[data-home]") !== null;

const words = { reading: "reading", waiting: "waiting for its turn", converting: "converting", verifying: "verifying", delivering: "delivering" };

function progress(id, p) {
  for (const el of shown.get(id) || []) {
    const bar = el.querySelector("progress"), text = el.querySelector(".stage");
    if (!bar || !text) continue;
    if (p.total_ms > 0) bar.value = Math.min(1, p.done_ms / p.total_ms);
    let line = words[p.stage] || p.stage;
    if (p.total_ms > 0) line += " " + Math.round(100 * p.done_ms / p.total_ms) + " %";
    if (p.speed > 0) line += ", " + p.speed.toFixed(p.speed < 10 ? 1 : 0) + " times real time";
    text.textContent = line;
  }
}

// A page that plays a video is not taken away from who watches it.
const playing = () => [...document.querySelectorAll("video, audio")].some((m) => !m.paused);

let due = 0;
async function refresh() {
  if (playing() || document.hidden || document.activeElement instanceof HTMLInputElement) { due = setTimeout(refresh, 2000); return; }
  due = 0;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
    if (!fresh) return;
    const open = [...document.querySelectorAll("main details")].map((d) => d.open);
    document.querySelector("main").replaceWith(fresh);
    [...document.querySelectorAll("main details")].forEach((d, i) => { d.open = Boolean(open[i]); });
    start();
  } catch { /* the daemon is being restarted; the next event comes when it is back */ }
}
function changed() { if (!due) due = setTimeout(refresh, 400); }

function start() {
  shown.clear();
  for (const el of document.querySelectorAll("[data-job]")) {
    const list = shown.get(el.dataset.job) || [];
    list.push(el);
    shown.set(el.dataset.job, list);
  }
  for (const lanes of document.querySelectorAll(".lanes")) {
    const media = lanes.parentElement.querySelector("video, audio"), now = lanes.querySelector(".now"), total = Number(lanes.dataset.total);
    if (!media || !(total > 0)) continue;
    const place = () => {
      const track = lanes.querySelector(".track");
      const box = track.getBoundingClientRect(), outer = lanes.getBoundingClientRect();
      now.hidden = false;
      now.style.left = box.left - outer.left + box.width * Math.min(1, media.currentTime * 1000 / total) + "px";
    };
    for (const event of ["timeupdate", "seeked", "loadedmetadata"]) media.addEventListener(event, place);
    for (const track of lanes.querySelectorAll(".track")) {
      track.addEventListener("click", (e) => {
        const box = track.getBoundingClientRect();
        media.currentTime = total / 1000 * (e.clientX - box.left) / box.width;
      });
    }
  }
}
start();

const events = new EventSource("/api/v1/events");
events.addEventListener("progress", (e) => { const d = JSON.parse(e.data); progress(d.id, d.progress); });
events.addEventListener("job", (e) => {
  const d = JSON.parse(e.data), here = shown.get(d.id);
  if (home || (here && here.some((el) => el.dataset.state !== d.record.state))) changed();
});
let lost = false;
events.onerror = () => { lost = true; };
events.onopen = () => { if (lost) changed(); lost = false; };
if (home) setInterval(changed, 10000);
