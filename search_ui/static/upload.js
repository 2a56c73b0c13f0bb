// Sends files in pieces (tus 1.0.0) and goes on by itself after a cut line; after a reboot, once the file is chosen again.
// The server knows a file of a batch by its path, size and time: announcing it again gives what is there already.
// Without this script the same form sends everything at once.
"use strict";

const LEAST = 64 * 1024;
const MOST = 8 * 1024 * 1024;
const AT_ONCE = 2; // files
const PIECE_MS = 2000; // a piece should take about so long
const PATIENCE_MS = 60000; // for one piece
const LONGEST_WAIT_MS = 30000;
const SHOWN = 500; // rows
const REMEMBERED = "luutru-batch";

class Stopped extends Error {} // nothing to be tried again: the server said why

const begin = (form) => {
  const words = JSON.parse(form.dataset.words);
  const csrf = document.querySelector("meta[name=csrf]")?.content ?? form.elements.csrf.value;
  const list = document.getElementById("rows");
  const number = new Intl.NumberFormat(form.dataset.language);
  const waiting = [];
  const entries = new Map(); // path, size and time → what is known of the file
  let batch = form.dataset.batch;
  let opening = null;
  let sending = 0;
  let pieceBytes = 1024 * 1024;
  let handIn = false;
  let leaving = false;
  const unread = []; // dropped folders that the browser could not read to the end

  const say = (text, values = {}) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const size = (bytes) => {
    const units = ["B", "kB", "MB", "GB", "TB"];
    let amount = bytes;
    let unit = 0;
    while (amount >= 1000 && unit < units.length - 1) {
      amount /= 1000;
      unit += 1;
    }
    return `${number.format(amount >= 10 || unit === 0 ? Math.round(amount) : Math.round(amount * 10) / 10)} ${units[unit]}`;
  };

  // -- what is shown -------------------------------------------------------------------------------------------------

  const row = (entry) => { // of very many files, those that are done make room for the others; a failed one always shows
    if (entry.row !== null || (list.children.length >= SHOWN && !entry.stopped)) {
      return entry.row;
    }
    const line = document.createElement("li");
    const name = document.createElement("span");
    name.className = "source";
    name.textContent = entry.path;
    const amount = document.createElement("span");
    amount.className = "size";
    amount.textContent = size(entry.file.size);
    const state = document.createElement("span");
    state.className = "state";
    const remove = document.createElement("button");
    remove.type = "button";
    remove.textContent = words.remove;
    remove.setAttribute("aria-label", `${words.remove}: ${entry.path}`);
    remove.addEventListener("click", () => takeBack(entry));
    const bar = document.createElement("progress");
    bar.max = Math.max(entry.file.size, 1);
    bar.setAttribute("aria-label", entry.path);
    line.append(name, amount, state, remove, bar);
    list.append(line);
    entry.row = line;
    return line;
  };

  const show = (entry, text, mood = "") => {
    entry.text = text;
    const line = row(entry);
    if (line === null) {
      return;
    }
    const state = line.querySelector(".state");
    state.textContent = text;
    state.className = `state ${mood}`;
    const bar = line.querySelector("progress");
    bar.value = entry.done ? bar.max : entry.offset;
    bar.hidden = entry.done || entry.stopped;
  };

  const sum = () => {
    let here = 0;
    let received = 0;
    let total = 0;
    for (const entry of entries.values()) {
      here += entry.done ? 1 : 0;
      received += entry.offset;
      total += entry.file.size;
    }
    document.getElementById("sending").hidden = entries.size === 0;
    document.getElementById("sum").textContent = say(words.all, {
      here: number.format(here), files: number.format(entries.size), received: size(received), total: size(total),
    });
    const bar = document.getElementById("bar");
    bar.max = Math.max(total, 1);
    bar.value = received;
    const all = entries.size > 0 && here === entries.size;
    const told = unread.map((name) => `${name}: ${words.stopped}. `).join("");
    document.getElementById("told").textContent = told + (all ? words.sent : handIn ? words.will : "");
    if (all && handIn) {
      send();
    }
  };

  // -- what is asked of the server -----------------------------------------------------------------------------------

  const ask = async (method, address, headers = {}, body = null) => {
    const answer = await fetch(address, {
      method, body, cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(PATIENCE_MS),
      headers: { "Tus-Resumable": "1.0.0", "X-CSRF-Token": csrf, ...headers },
    });
    if (answer.type === "opaqueredirect" || answer.status === 401) {
      throw new Stopped(words.login);
    }
    if ([400, 403, 413, 415, 412].includes(answer.status)) {
      const told = await answer.json().catch(() => ({}));
      throw new Stopped(told.message ?? `${words.stopped} (${answer.status})`);
    }
    return answer;
  };

  const opened = async () => {
    if (batch !== "") {
      return;
    }
    opening ??= ask("POST", "/nop-tai-lieu/lo").finally(() => { opening = null; });
    const answer = await opening;
    if (batch === "" && answer.ok) {
      batch = (await answer.clone().json()).batch;
      window.history.replaceState(null, "", `/nop-tai-lieu/${batch}`);
      remember(batch);
    }
  };

  const encoded = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

  const offsetOf = (answer) => {
    const told = answer.headers.get("Upload-Offset");
    if (told === null) {
      throw new Error("no offset");
    }
    return Number(told);
  };

  const announce = async (entry) => {
    await opened();
    const metadata = `filename ${encoded(entry.path)},modified ${encoded(String(entry.file.lastModified))}`;
    const headers = { "Upload-Length": String(entry.file.size), "Upload-Metadata": metadata };
    const answer = await ask("POST", `/nop-tai-lieu/${batch}/tep`, headers);
    if (answer.status === 404) {
      throw new Stopped(((await answer.json().catch(() => ({}))).message) ?? words.stopped);
    }
    if (!answer.ok) {
      throw new Error(String(answer.status));
    }
    entry.address = answer.headers.get("Location");
    entry.offset = offsetOf(answer);
    entry.known = entry.offset === entry.file.size && entry.file.size > 0;
    document.querySelector(`li[data-upload="${entry.address.split("/").pop()}"]`)?.remove();
  };

  const digest = async (bytes) => {
    if (!window.isSecureContext) {
      return {};
    }
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return { "Upload-Checksum": `sha256 ${btoa(String.fromCharCode(...hash))}` };
  };

  const piece = async (entry) => {
    let bytes;
    try {
      bytes = await entry.file.slice(entry.offset, entry.offset + pieceBytes).arrayBuffer();
    } catch {
      throw new Stopped(words.stopped); // the file was changed or taken away
    }
    const headers = {
      "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(entry.offset), ...await digest(bytes),
    };
    const start = performance.now();
    const answer = await ask("PATCH", entry.address, headers, bytes);
    if (answer.status !== 204) {
      entry.address = answer.status === 404 ? null : entry.address;
      throw new Error(String(answer.status));
    }
    entry.offset = offsetOf(answer);
    const took = performance.now() - start;
    if (bytes.byteLength === pieceBytes) {
      pieceBytes = Math.min(MOST, Math.max(LEAST, took < PIECE_MS / 2 ? pieceBytes * 2 : took > PIECE_MS * 2 ? pieceBytes / 2 : pieceBytes));
    }
  };

  const where = async (entry) => {
    const answer = await ask("HEAD", entry.address);
    if (answer.status === 404) {
      entry.address = null;
    } else if (answer.ok) {
      entry.offset = offsetOf(answer);
    } else {
      throw new Error(String(answer.status));
    }
  };

  // -- one file from its first byte to its last ----------------------------------------------------------------------

  const rest = (milliseconds) => new Promise((resolve) => {
    const timer = window.setTimeout(done, milliseconds);
    function done() {
      window.clearTimeout(timer);
      window.removeEventListener("online", done);
      resolve();
    }
    window.addEventListener("online", done);
  });

  const whole = async (entry) => {
    let delay = 500;
    let unsure = false;
    while (!entry.gone) {
      try {
        if (entry.address === null) {
          await announce(entry);
        } else if (unsure) {
          await where(entry);
        }
        unsure = false;
        if (entry.address === null) {
          continue;
        }
        if (entry.offset >= entry.file.size) {
          return;
        }
        show(entry, `${words.sending} ${Math.floor(100 * entry.offset / entry.file.size)} %`);
        await piece(entry);
        delay = 500;
        sum();
      } catch (error) {
        if (error instanceof Stopped) {
          throw error;
        }
        unsure = true;
        pieceBytes = Math.max(LEAST, pieceBytes / 2);
        delay = Math.min(LONGEST_WAIT_MS, delay * 2);
        show(entry, say(words.again, { seconds: Math.round(delay / 1000) }), "state-waiting");
        await rest(delay);
      }
    }
  };

  const next = async () => {
    if (sending >= AT_ONCE || waiting.length === 0) {
      return;
    }
    const entry = waiting.shift();
    sending += 1;
    try {
      await whole(entry);
      if (!entry.gone) {
        entry.done = true;
        show(entry, entry.known ? words.known : words.whole, "state-archived");
        if (entries.size > SHOWN) {
          entry.row?.remove();
        }
      }
    } catch (error) {
      entry.stopped = true;
      handIn = false;
      show(entry, error.message, "state-failed");
      offerAgain(entry);
    }
    sending -= 1;
    sum();
    next();
  };

  const offerAgain = (entry) => {
    if (entry.row === null) {
      return;
    }
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = words.retry;
    button.addEventListener("click", () => {
      button.remove();
      entry.stopped = false;
      entry.address = null;
      waiting.push(entry);
      next();
    });
    entry.row.append(button);
  };

  const takeBack = async (entry) => {
    entry.gone = true;
    entries.delete(entry.key);
    entry.row?.remove();
    const place = waiting.indexOf(entry);
    if (place >= 0) {
      waiting.splice(place, 1);
    }
    sum();
    if (entry.address !== null) {
      await ask("DELETE", entry.address).catch(() => undefined);
    }
  };

  const add = (file, path) => {
    const key = JSON.stringify([path, file.size, file.lastModified]);
    if (entries.has(key) && !entries.get(key).stopped) {
      return;
    }
    entries.get(key)?.row?.remove();
    const entry = { key, file, path, address: null, offset: 0, row: null, done: false, stopped: false, known: false, gone: false };
    entries.set(key, entry);
    waiting.push(entry);
    show(entry, words.waiting);
    for (let slot = 0; slot < AT_ONCE; slot += 1) {
      next();
    }
  };

  // -- choosing and dropping -----------------------------------------------------------------------------------------

  const addAll = (files) => {
    for (const file of files) {
      add(file, file.webkitRelativePath || file.name);
    }
    sum();
  };

  const walk = async (entry) => {
    if (entry.isFile) {
      add(await new Promise((resolve, reject) => { entry.file(resolve, reject); }), entry.fullPath.replace(/^\//, ""));
      return;
    }
    const reader = entry.createReader();
    let found;
    do { // a reader gives a hundred entries at a time
      found = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
      for (const each of found) {
        await walk(each);
      }
    } while (found.length > 0);
  };

  for (const input of form.querySelectorAll("input[type=file]")) {
    input.addEventListener("change", () => {
      addAll([...input.files]);
      input.value = "";
    });
  }
  for (const button of form.querySelectorAll("button[data-opens]")) {
    button.addEventListener("click", () => { document.getElementById(button.dataset.opens).click(); });
  }
  const drop = document.getElementById("drop");
  const over = (event, is) => {
    event.preventDefault();
    drop.classList.toggle("over", is);
  };
  drop.addEventListener("dragover", (event) => { over(event, true); });
  drop.addEventListener("dragleave", (event) => { over(event, false); });
  drop.addEventListener("drop", async (event) => {
    over(event, false);
    const dropped = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    if (dropped.length === 0) {
      addAll([...event.dataTransfer.files]);
    }
    for (const each of dropped) {
      try {
        await walk(each);
      } catch {
        unread.push(each.name);
      }
    }
    sum();
  });

  // -- handing in, leaving, coming back ------------------------------------------------------------------------------

  const remember = (name) => {
    try {
      name === "" ? localStorage.removeItem(REMEMBERED) : localStorage.setItem(REMEMBERED, name);
    } catch {
      // A browser that keeps nothing: the list of unfinished batches on this page is the way back.
    }
  };

  const remembered = () => {
    try {
      return localStorage.getItem(REMEMBERED) ?? "";
    } catch {
      return "";
    }
  };

  const send = () => {
    leaving = true;
    remember("");
    form.enctype = "application/x-www-form-urlencoded";
    form.action = `/nop-tai-lieu/${batch}/nop`;
    for (const input of form.querySelectorAll("input[type=file], #con")) {
      input.disabled = true;
    }
    form.submit();
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const ready = [...entries.values()].every((entry) => entry.done);
    if (batch !== "" && ready) {
      send();
    } else {
      handIn = entries.size > 0;
      sum();
      if (!handIn) {
        document.getElementById("told").textContent = words.nothing;
      }
    }
  });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && (sending > 0 || waiting.length > 0)) {
      event.preventDefault();
    }
  });

  const comeBack = async () => {
    const asked = new URLSearchParams(window.location.search);
    if (asked.has("moi")) {
      remember("");
    } else if (batch === "" && remembered() !== "") {
      const address = `/nop-tai-lieu/${encodeURIComponent(remembered())}`;
      const answer = await fetch(address, { method: "HEAD", redirect: "manual" }).catch(() => null);
      if (answer?.ok && entries.size === 0) {
        window.location.replace(address);
      } else if (answer !== null && !answer.ok) {
        remember("");
      }
    } else if (batch !== "") {
      remember(batch);
    }
  };

  form.classList.add("scripted");
  document.getElementById("hand-in").textContent = form.dataset.handIn;
  comeBack();
};

const form = document.getElementById("upload");
if (form !== null) {
  begin(form);
}
