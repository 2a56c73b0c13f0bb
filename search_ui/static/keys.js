// Keys of the reading room. Everything they do is also a link or a button on the page, so it works without them.
// Plain letters do nothing while something is typed or composed: Vietnamese input methods use letters as tone marks.
// They can be switched off in the list of keys (WCAG 2.2, 2.1.4), which stays so in this browser.
"use strict";

const OFF = "luutru-keys-off";
const dialog = document.getElementById("keys");
const byId = (id) => document.getElementById(id);
const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;
const composing = (event) => event.isComposing || event.keyCode === 229;

function isOff() {
  try {
    return window.localStorage.getItem(OFF) === "1";
  } catch {
    return false;
  }
}

function toSearch() {
  const box = byId("q");
  if (box === null) {
    return false;
  }
  const fold = box.closest("details.fold");
  if (fold !== null) {
    fold.open = true;
  }
  box.focus();
  box.select();
  return true;
}

function follow(id) {
  const link = byId(id);
  if (link === null) {
    return false;
  }
  link.click();
  return true;
}

function zoom(step) {
  const sizes = [...document.querySelectorAll(".zoom a")];
  const now = sizes.findIndex((size) => size.hasAttribute("aria-current"));
  const wanted = sizes[now + step];
  if (wanted === undefined) {
    return false;
  }
  wanted.click();
  return true;
}

function moveInHits(step) {
  const hits = [...document.querySelectorAll(".hit h2 a, .hit > .file-title")];
  if (hits.length === 0) {
    return false;
  }
  const now = hits.indexOf(document.activeElement);
  hits[now < 0 ? (step > 0 ? 0 : hits.length - 1) : Math.min(Math.max(now + step, 0), hits.length - 1)].focus();
  return true;
}

function showKeys() {
  if (dialog === null || typeof dialog.showModal !== "function") {
    return false;
  }
  for (const line of dialog.querySelectorAll("[data-needs]")) {
    line.hidden = document.querySelector(line.dataset.needs) === null;
  }
  dialog.showModal();
  return true;
}

function leave() {
  const back = document.querySelector(".back a");
  if (back === null) {
    return false;
  }
  back.click();
  return true;
}

const ACTS = {
  "/": toSearch,
  "?": showKeys,
  j: () => moveInHits(1),
  k: () => moveInHits(-1),
  n: () => follow("next-hit"),
  g: () => follow("previous-hit"),
  N: () => follow("previous-hit"),
  p: () => follow("previous-hit"),
  "+": () => zoom(1),
  "=": () => zoom(1),
  "-": () => zoom(-1),
  ArrowRight: () => follow("next-page"),
  ArrowLeft: () => follow("previous-page"),
  Escape: leave,
};

document.addEventListener("keydown", (event) => {
  if (composing(event) || event.ctrlKey || event.altKey || event.metaKey || (dialog !== null && dialog.open)) {
    return;
  }
  const target = event.target instanceof Element ? event.target : document.body;
  if (typing(target)) {
    if (event.key === "Escape") {
      target.blur();
    }
    return;
  }
  const arrow = event.key === "ArrowDown" || event.key === "ArrowUp";
  if (arrow && target.matches(".hit h2 a, .hit > .file-title") && moveInHits(event.key === "ArrowDown" ? 1 : -1)) {
    event.preventDefault();
    return;
  }
  if (event.key.startsWith("Arrow") && target.closest(".paper.zoom-2, .paper.zoom-3") !== null) {
    return; // a large page is moved by the arrows
  }
  const act = ACTS[event.key];
  if (act !== undefined && (event.key.length > 1 || !isOff()) && act()) {
    event.preventDefault();
  }
});

// Enter that ends a composed word must not send the form.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && composing(event)) {
    event.preventDefault();
  }
}, true);

const opener = byId("show-keys");
if (opener !== null && dialog !== null && typeof dialog.showModal === "function") {
  opener.hidden = false;
  opener.addEventListener("click", showKeys);
  byId("keys-close").addEventListener("click", () => dialog.close());
  const on = byId("keys-on");
  on.checked = !isOff();
  on.addEventListener("change", () => {
    try {
      window.localStorage.setItem(OFF, on.checked ? "0" : "1");
    } catch {
      on.checked = true; // this browser keeps nothing, so the keys stay as they are
    }
  });
}

for (const button of document.querySelectorAll("[data-copies]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = byId(button.dataset.copies);
    text.select();
    try {
      await navigator.clipboard.writeText(text.value);
      button.parentElement.querySelector("[role=status]").textContent = button.dataset.done;
    } catch {
      text.focus(); // it is selected: Ctrl+C does the rest
    }
  });
}

const now = document.querySelector(".thumbs .now");
if (now !== null) {
  const strip = now.closest(".thumbs");
  strip.scrollTop = now.offsetTop - strip.clientHeight / 2;
  strip.scrollLeft = now.offsetLeft - strip.clientWidth / 2;
}

const place = document.querySelector(".contents-list .now");
if (place !== null) {
  const list = place.closest(".contents-list");
  list.scrollTop = place.offsetTop - list.offsetTop - list.clientHeight / 2;
}

// A large page opens at its match, without one where its text begins.
const paper = document.querySelector(".paper.zoom-2, .paper.zoom-3");
const looked = document.querySelector(".box:target rect, .box.current rect") ?? document.querySelector(".text-start");
if (paper !== null && looked !== null) {
  const [frame, mark] = [paper.getBoundingClientRect(), looked.getBoundingClientRect()];
  paper.scrollLeft += mark.left - frame.left - paper.clientWidth / 4;
  paper.scrollTop += mark.top - frame.top - paper.clientHeight / 4;
}

// On a wide screen the filters and the search inside stand open; on a narrow one the contents are folded.
const wide = window.matchMedia("(min-width: 60rem)").matches;
for (const fold of document.querySelectorAll("details.fold")) {
  fold.open = fold.open || wide;
}
const contents = document.querySelector("details.contents");
if (contents !== null && !wide) {
  contents.open = false;
}
