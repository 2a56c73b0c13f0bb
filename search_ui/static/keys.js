// Keys of the reading room: / goes to the search box, n and p to the next and previous match.
// Everything they do is also a link on the page. Plain letters do nothing while something is being typed, so that
// Vietnamese input methods, which use letters as tone marks, are never disturbed.
"use strict";

const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) {
    return;
  }
  if (event.key === "/") {
    const box = document.getElementById("q");
    if (box !== null) {
      event.preventDefault();
      box.focus();
      box.select();
    }
    return;
  }
  const link = { n: "next-hit", p: "previous-hit" }[event.key];
  const found = link === undefined ? null : document.getElementById(link);
  if (found !== null) {
    event.preventDefault();
    found.click();
  }
});

const now = document.querySelector(".thumbs .now");
if (now !== null) {
  const strip = now.closest(".thumbs");
  strip.scrollTop = now.offsetTop - strip.clientHeight / 2;
  strip.scrollLeft = now.offsetLeft - strip.clientWidth / 2;
}

// On a wide screen the filters stand open.
const fold = document.querySelector(".facets .fold");
if (fold !== null && window.matchMedia("(min-width: 60rem)").matches) {
  fold.open = true;
}
