// The page of a batch looks again every three seconds while work goes on; nothing is taken from under the fingers.
"use strict";

const EVERY_MS = 3000;

const look = async () => {
  const work = document.getElementById("work");
  if (work === null || work.dataset.going !== "1") {
    return;
  }
  try {
    if (!document.hidden && !work.contains(document.activeElement)) {
      const answer = await fetch(`${window.location.pathname}/bang${window.location.search}`);
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.getElementById("work");
        if (fresh !== null && !work.contains(document.activeElement)) {
          work.replaceWith(fresh);
        }
      }
    }
  } catch {
    // The line is cut: the next look comes all the same.
  }
  window.setTimeout(look, EVERY_MS);
};

window.setTimeout(look, EVERY_MS);
