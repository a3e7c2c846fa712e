"use strict";
// Keeps a page up to date: progress as it happens, and what has changed of the page when a job's state has.

const words = { reading: "reading", waiting: "waiting for free cores", converting: "converting", verifying: "verifying", delivering: "delivering" };
const watching = document.querySelector("[data-watching]") !== null; // something that changes without events
const shown = new Map(); // elements by job
const last = new Map(); // progress by job, for elements that come anew

// about is how long something will take, as exactly as such a thing can be known.
function about(ms) {
  const s = Math.max(5, 5 * Math.round(ms / 5000)), min = Math.round(ms / 60000);
  if (s < 60) return s + " s";
  if (min < 60) return min + " min";
  const tens = Math.round(ms / 600000);
  return Math.floor(tens / 6) + " h" + (tens % 6 ? " " + (tens % 6) * 10 + " min" : "");
}

function tell(el, p) {
  const bar = el.querySelector("progress"), text = el.querySelector(".stage");
  if (!bar || !text) return;
  let line = words[p.stage] || p.stage;
  if (p.total_ms > 0) {
    bar.value = Math.min(1, p.done_ms / p.total_ms);
    line += " " + Math.floor(100 * bar.value) + " %";
  }
  if (p.speed > 0 && p.done_ms >= 1000) line += ", " + p.speed.toFixed(1) + " times real time";
  if (p.left_ms > 0) line += ", " + about(p.left_ms) + " left";
  text.textContent = line;
}

// seekable makes the lanes below a player follow it, and lead it.
function seekable(lanes) {
  const media = lanes.parentElement.querySelector("video, audio"), now = lanes.querySelector(".now"), total = Number(lanes.dataset.total);
  if (!media || !(total > 0)) return;
  const go = (ms) => { media.currentTime = Math.max(0, Math.min(ms, total) / 1000); };
  const place = () => {
    const track = lanes.querySelector(".track").getBoundingClientRect();
    now.hidden = false;
    now.style.left = track.left - lanes.getBoundingClientRect().left + track.width * Math.min(1, media.currentTime * 1000 / total) + "px";
  };
  const follow = () => { place(); if (!media.paused && media.isConnected) requestAnimationFrame(follow); };
  for (const event of ["timeupdate", "seeking", "seeked", "loadedmetadata"]) media.addEventListener(event, place);
  media.addEventListener("play", follow);
  new ResizeObserver(place).observe(lanes);
  for (const track of lanes.querySelectorAll(".track")) {
    track.addEventListener("click", (e) => {
      if (e.detail === 0) return; // a key, not a pointer
      const box = track.getBoundingClientRect();
      go(total * (e.clientX - box.left) / box.width);
    });
  }
  for (const piece of lanes.querySelectorAll("[data-at]")) {
    piece.addEventListener("click", (e) => { if (e.detail === 0) go(Number(piece.dataset.at)); });
  }
  for (const moment of lanes.parentElement.querySelectorAll("[data-jump]")) {
    moment.addEventListener("click", () => { go(Number(moment.dataset.jump)); });
  }
}

// Times are written in UTC, and shown in the reader's zone.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const two = (n) => String(n).padStart(2, "0");
function local(el) {
  const t = new Date(el.dateTime);
  if (isNaN(t)) return;
  el.title = el.dateTime;
  el.textContent = t.getFullYear() + "-" + two(t.getMonth() + 1) + "-" + two(t.getDate()) + " " + two(t.getHours()) + ":" + two(t.getMinutes()) + ":" + two(t.getSeconds());
}

function start() {
  for (const el of document.querySelectorAll("time[datetime]:not([title])")) local(el);
  document.querySelector(".zone").textContent = "Times are those of " + zone + ".";
  shown.clear();
  for (const el of document.querySelectorAll("[data-job]")) {
    const id = el.dataset.job;
    shown.set(id, [...(shown.get(id) || []), el]);
    if (last.has(id)) tell(el, last.get(id));
  }
  for (const lanes of document.querySelectorAll(".lanes:not([data-live])")) { lanes.dataset.live = ""; seekable(lanes); }
}

// parts are what a page is put together from: as the server wrote them, by name.
const main = document.querySelector("main");
const partsOf = (m) => new Map([...m.children].map((el, i) => [el.id || "part" + i, el]));
let written = new Map([...partsOf(main)].map(([name, el]) => [name, el.outerHTML]));

// replace takes over only the parts that differ: a video goes on playing, and the rest keeps its focus.
function replace(fresh) {
  const here = partsOf(main), now = new Map();
  const focus = document.activeElement, mark = (el) => el.getAttribute("href") || el.getAttribute("formaction");
  const key = focus && main.contains(focus) ? mark(focus) : null;
  let before = main.firstElementChild;
  for (const [name, el] of partsOf(fresh)) {
    now.set(name, el.outerHTML);
    let old = here.get(name);
    here.delete(name);
    if (old && written.get(name) !== now.get(name)) {
      const open = [...old.querySelectorAll("details")].map((d) => d.open);
      el.querySelectorAll("details").forEach((d, i) => { d.open = Boolean(open[i]); });
      if (before === old) before = el;
      old.replaceWith(el);
      old = el;
    }
    old = old || el;
    if (old === before) before = before.nextElementSibling;
    else main.insertBefore(old, before);
  }
  for (const el of here.values()) el.remove();
  written = now;
  if (key && !document.contains(focus)) [...main.querySelectorAll("a, button")].find((el) => mark(el) === key)?.focus();
  start();
}

// A picture may be gone that a record tells of: the queue's store was damaged.
document.addEventListener("error", (e) => { if (e.target.matches?.("img.poster")) e.target.remove(); }, true);

let due = 0;
async function refresh() {
  due = 0;
  if (document.hidden || document.activeElement?.matches("input, select")) { changed(2000); return; }
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.redirected) { location.reload(); return; } // to the sign-in page: the session has ended
    const fresh = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
    if (fresh) replace(fresh);
  } catch { /* the daemon is being restarted: the stream of events says when it is back */ }
}
function changed(wait) { if (!due) due = setTimeout(refresh, wait || 400); }

start();

const events = new EventSource("api/v1/events");
events.addEventListener("progress", (e) => {
  const d = JSON.parse(e.data);
  last.set(d.id, d.progress);
  for (const el of shown.get(d.id) || []) tell(el, d.progress);
});
events.addEventListener("job", (e) => {
  const d = JSON.parse(e.data), state = d.record.state, here = shown.get(d.id);
  if (state !== "running" && state !== "delivering") last.delete(d.id);
  if (watching || (here && here.some((el) => el.dataset.state !== state))) changed();
});
events.onerror = () => { document.body.classList.add("lost"); };
// What happened since the page was made, or while there was no connection, is in no event.
events.onopen = () => { document.body.classList.remove("lost"); changed(); };
if (watching) setInterval(changed, 10000, 400);
