
"use strict";
const piece = JSON.parse(document.getElementById("piece").textContent);
const player = document.getElementById("player");
const timeline = document.getElementById("timeline");
const played = document.getElementById("played");
const rows = [...document.querySelectorAll("tr[data-scene]")];

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
const sceneAt = (seconds) => piece.scenes.findLastIndex((scene) => scene.start <= seconds);

function show() {
  const now = Math.min(player.currentTime, piece.duration);
  const current = sceneAt(now);
  const scene = piece.scenes[current];
  played.style.width = `${(100 * now) / piece.duration}%`;
  timeline.setAttribute("aria-valuenow", now.toFixed(1));
  timeline.setAttribute(
    "aria-valuetext",
    `${clock(now)} of ${clock(piece.duration)}` + (scene ? `, ${scene.mood}, energy ${Math.round(scene.energy)}` : ""),
  );
  rows.forEach((row, number) => (number === current ? row.setAttribute("aria-current", "true") : row.removeAttribute("aria-current")));
}

function seek(seconds) {
  player.currentTime = Math.min(Math.max(seconds, 0), piece.duration);
  show();
}

function seekTo(event) {
  const box = timeline.getBoundingClientRect();
  seek((piece.duration * (event.clientX - box.left)) / box.width);
}

// Within the first second of a scene, back means the scene before it, as on any player.
function previousScene() {
  return piece.scenes[sceneAt(player.currentTime - 1)]?.start ?? 0;
}

function nextScene() {
  return piece.scenes[sceneAt(player.currentTime) + 1]?.start ?? piece.duration;
}

const keys = {
  " ": () => (player.paused ? player.play() : player.pause()),
  ArrowLeft: () => seek(player.currentTime - 5),
  ArrowDown: () => seek(player.currentTime - 5),
  ArrowRight: () => seek(player.currentTime + 5),
  ArrowUp: () => seek(player.currentTime + 5),
  PageUp: () => seek(previousScene()),
  PageDown: () => seek(nextScene()),
  Home: () => seek(0),
  End: () => seek(piece.duration),
};

timeline.addEventListener("keydown", (event) => {
  if (!(event.key in keys) || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  keys[event.key]();
});
timeline.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  timeline.setPointerCapture(event.pointerId);
  seekTo(event);
});
timeline.addEventListener("pointermove", (event) => {
  if (timeline.hasPointerCapture(event.pointerId)) seekTo(event);
});
rows.forEach((row, number) => row.querySelector("button").addEventListener("click", () => seek(piece.scenes[number].start)));
player.addEventListener("timeupdate", show);
player.addEventListener("seeked", show);
show();
