// The page: what is typed, clicked, dragged and pinched. Names go in as text only: a note's title may be anything.
"use strict";

const el = (id) => document.getElementById(id);
const data = JSON.parse(el("data").textContent);
const n = data.nodes.length;
const KINDS = { note: 0, canvas: 0, base: 0, attachment: "Attachments", tag: "Tags", unresolved: "Not there" };
const N_COLOURS = 9;

const graph = {
  n,
  x: new Float32Array(n), y: new Float32Array(n), size: new Float32Array(n),
  ends: new Uint32Array(data.edges.length / 2), embeds: new Uint8Array(data.edges.length / 4),
  colour: new Uint8Array(n), shown: new Uint8Array(n).fill(1),
  titles: data.nodes.map(([title]) => title),
  beside: Array.from({ length: n }, () => []),
  palette: [...Array.from({ length: N_COLOURS }, (_, i) => `--c${i}`), "--other", "--accent", "--missing"],
};
for (let e = 0; e < data.edges.length / 4; e++) {
  const [s, t, count, embeds] = data.edges.slice(4 * e, 4 * e + 4);
  graph.ends[2 * e] = s, graph.ends[2 * e + 1] = t, graph.embeds[e] = embeds === count ? 1 : 0;
  graph.beside[s].push(2 * e), graph.beside[t].push(2 * e);
}
const degree = (i) => graph.beside[i].length;
for (let i = 0; i < n; i++) graph.size[i] = 3 + Math.min(Math.sqrt(degree(i)) * 1.1, 22);
graph.order = Array.from({ length: n }, (_, i) => i).sort((a, b) => degree(b) - degree(a) || a - b);

const kind = (i) => data.nodes[i][1], vault = (i) => data.vaults[data.nodes[i][5]];
const folder = (i) => data.nodes[i][2] < 0 ? null : data.folders[data.nodes[i][2]];
const path = (i) => folder(i) === null ? null : folder(i) ? `${folder(i)}/${data.nodes[i][3]}` : data.nodes[i][3];
const tags = (i) => data.nodes[i][4].map((tag) => data.tags[tag]);

const draw = painter(graph, el("base"), el("over"));
const state = { hovered: -1, chosen: -1, hits: [], moves: n > 1, isFitted: true, by: "folder" };
const told = document.documentElement.dataset;

// --- frames -------------------------------------------------------------------------------------------------------------------------------

let isAsked = false, resting = 0;

function ask() {
  if (!isAsked) requestAnimationFrame(frame);
  isAsked = true;
}

function frame() {
  isAsked = false;
  draw.place();
  draw.point(state.hovered >= 0 ? state.hovered : state.chosen, state.hits, data.centre);
  clearTimeout(resting);
  if (draw.isWorn()) draw.renew();
  else if (!draw.isPainted()) resting = setTimeout(draw.renew, 90);
}

function repaint() {
  draw.change();
  ask();
}

// What the panels leave of the window.
function inset() {
  const [width] = draw.size(), panel = el("panel").getBoundingClientRect(), details = el("details").getBoundingClientRect();
  if (width <= 640) return { left: 0, right: 0, top: panel.bottom, bottom: details.height };
  return { left: panel.right, right: details.width ? details.width + 12 : 0, top: 0, bottom: 0 };
}

function showAll() {
  state.isFitted = true;
  Object.assign(draw.view, draw.around(graph.order.filter((i) => graph.shown[i]), inset()));
  ask();
}

// --- layout -------------------------------------------------------------------------------------------------------------------------------

function settle() {
  const ends = graph.ends, clusters = Int32Array.from(data.nodes, ([, , folder]) => folder);
  const field = layout(n, ends, clusters);
  take(field.x, field.y, true);
  try {
    const worker = beside(layoutWorker, layout);
    worker.onmessage = ({ data }) => take(data.x, data.y, data.moves);
    worker.onerror = () => inSlices(field);
    worker.postMessage({ n, ends, clusters });
  } catch {
    inSlices(field);
  }
}

// Where no worker may run, the page works on the layout between its frames.
function inSlices(field) {
  const until = performance.now() + 10;
  let moves = true;
  while (moves && performance.now() < until) moves = field.step();
  take(field.x, field.y, moves);
  if (moves) setTimeout(() => inSlices(field));
}

function take(x, y, moves) {
  graph.x.set(x), graph.y.set(y);
  state.moves = moves;
  told.state = moves ? "settling" : "rest";
  if (state.isFitted) showAll();
  repaint();
}

// --- colours and legend -------------------------------------------------------------------------------------------------------------------

// Returns the group of each node: its folder below the one that all share, or its most frequent tag.
function grouped() {
  if (state.by === "tag") {
    const counts = new Map();
    for (let i = 0; i < n; i++) tags(i).forEach((tag) => counts.set(tag, (counts.get(tag) || 0) + 1));
    const most = (all) => all.reduce((a, b) => (counts.get(b) > counts.get(a) ? b : a));
    return (i) => (tags(i).length ? most(tags(i)) : "(no tag)");
  }
  const parts = data.folders.map((name) => (name ? name.split("/") : []));
  let depth = 0;
  while (parts.length > 1 && parts.every((p) => p.length > depth && p[depth] === parts[0][depth])) depth++;
  const names = parts.map((p) => p[depth] || (depth ? p[depth - 1] : "(in no folder)"));
  return (i) => (data.vaults.length > 1 ? vault(i) : names[data.nodes[i][2]]);
}

function colourBy() {
  const group = grouped(), all = Array.from({ length: n }, (_, i) => KINDS[kind(i)] || group(i));
  const counts = new Map();
  for (const name of all) counts.set(name, (counts.get(name) || 0) + 1);
  const special = (name) => Object.values(KINDS).includes(name) || name === "(no tag)";
  const ranked = [...counts.keys()].filter((name) => !special(name)).sort((a, b) => counts.get(b) - counts.get(a) || (a < b ? -1 : 1));
  const few = ranked.length <= N_COLOURS ? ranked : ranked.slice(0, N_COLOURS - 1);
  const place = new Map(few.map((name, c) => [name, c]));
  const colour = (name) => place.get(name) ?? { Tags: N_COLOURS + 1, "Not there": N_COLOURS + 2 }[name] ?? N_COLOURS;
  const shownAs = (name) => (place.has(name) || special(name) ? name : "Others");
  const legend = new Map();
  all.forEach((name, i) => {
    graph.colour[i] = colour(name), graph.shown[i] = 1;
    const entry = legend.get(shownAs(name)) || { colour: colour(name), nodes: [] };
    entry.nodes.push(i);
    legend.set(shownAs(name), entry);
  });
  const rows = [...legend].sort(([, a], [, b]) => a.colour - b.colour).map(([name, { colour, nodes }]) => {
    const button = row(name, nodes.length);
    const swatch = document.createElement("i");
    swatch.style.color = `var(${graph.palette[colour]})`;
    button.prepend(swatch);
    button.setAttribute("aria-pressed", "true");
    button.title = "Show or hide";
    button.onclick = () => {
      const isOn = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(isOn));
      nodes.forEach((i) => (graph.shown[i] = isOn ? 1 : 0));
      told.shown = graph.shown.reduce((a, b) => a + b, 0);
      repaint();
    };
    return button;
  });
  list("legend", rows);
  told.shown = n;
}

// --- lists of names -----------------------------------------------------------------------------------------------------------------------

function row(name, remark) {
  const button = document.createElement("button"), label = document.createElement("span"), small = document.createElement("small");
  button.type = "button";
  label.textContent = name, small.textContent = remark;
  button.append(label, small);
  return button;
}

function nodeRow(i, remark) {
  const button = row(graph.titles[i], remark);
  button.title = path(i) ?? kind(i);
  button.onclick = () => choose(i, true);
  button.onfocus = button.onmouseenter = () => { state.hovered = i; ask(); };
  button.onblur = button.onmouseleave = () => { state.hovered = -1; ask(); };
  return button;
}

function list(id, buttons) {
  el(id).replaceChildren(...buttons.map((button) => {
    const item = document.createElement("li");
    item.append(button);
    return item;
  }));
}

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const texts = data.nodes.map((_, i) => plain(`${graph.titles[i]}\n${path(i) ?? ""}`));

function search() {
  const words = plain(el("search").value).split(/\s+/).filter(Boolean);
  const title = (i) => plain(graph.titles[i]);
  const worth = (i) => (title(i) === words.join(" ") ? 2e6 : title(i).startsWith(words[0]) ? 1e6 : 0) + degree(i);
  state.hits = words.length ? graph.order.filter((i) => words.every((word) => texts[i].includes(word))) : [];
  state.hits.sort((a, b) => worth(b) - worth(a));
  told.hits = state.hits.length;
  el("found").textContent = words.length ? `${state.hits.length || "nothing"} found` : "";
  list("hits", state.hits.slice(0, 10).map((i) => nodeRow(i, degree(i))));
  ask();
}

// --- the chosen note ----------------------------------------------------------------------------------------------------------------------

function choose(i, isCentred) {
  state.chosen = i, state.hovered = -1;
  el("details").hidden = i < 0;
  told.chosen = i < 0 ? "" : graph.titles[i];
  if (i < 0) return ask();
  el("title").textContent = graph.titles[i];
  el("path").textContent = path(i) ?? (kind(i) === "tag" ? "a tag" : "no file has this name");
  el("tags").textContent = tags(i).join(" ");
  el("open").parentElement.hidden = path(i) === null;
  el("open").href = path(i) === null ? "" : `obsidian://open?vault=${encodeURIComponent(vault(i))}&file=${encodeURIComponent(path(i))}`;
  el("links").replaceChildren();
  linkList(i, "Links to", (e) => graph.ends[e] === i, (e) => graph.ends[e + 1]);
  linkList(i, "Linked from", (e) => graph.ends[e + 1] === i, (e) => graph.ends[e]);
  if (isCentred) {
    const { left, right, top, bottom } = inset(), k = Math.max(draw.view.k, 0.7);
    Object.assign(draw.view, { x: graph.x[i] - (left - right) / 2 / k, y: graph.y[i] - (top - bottom) / 2 / k, k });
    state.isFitted = false;
  }
  ask();
}

const MOST_LINKS = 60;

function linkList(i, head, isSo, other) {
  const edges = graph.beside[i].filter(isSo).sort((a, b) => degree(other(b)) - degree(other(a)));
  if (!edges.length) return;
  const title = document.createElement("h3"), all = document.createElement("ul");
  title.textContent = `${head} ${edges.length}`;
  for (const e of edges.slice(0, MOST_LINKS)) {
    const count = data.edges[2 * e + 2], item = document.createElement("li");
    const remark = graph.embeds[e / 2] ? "embedded" : count > 1 ? `×${count}` : "";
    item.append(nodeRow(other(e), remark));
    all.append(item);
  }
  if (edges.length > MOST_LINKS) {
    const item = document.createElement("li");
    item.textContent = `and ${edges.length - MOST_LINKS} more`;
    all.append(item);
  }
  el("links").append(title, all);
}

// --- moving and zooming -------------------------------------------------------------------------------------------------------------------

const held = new Map();
let hasMoved = false;

function zoom(by, px, py) {
  const { view } = draw, [wx, wy] = draw.toWorld(px, py);
  const k = Math.min(Math.max(view.k * by, 0.01), 8);
  view.x = wx - (wx - view.x) * view.k / k, view.y = wy - (wy - view.y) * view.k / k, view.k = k;
  state.isFitted = false;
  ask();
}

function pan(dx, dy) {
  draw.view.x -= dx / draw.view.k, draw.view.y -= dy / draw.view.k;
  state.isFitted = false;
  ask();
}

const over = el("over");

over.onpointerdown = (event) => {
  over.setPointerCapture(event.pointerId);
  held.set(event.pointerId, [event.clientX, event.clientY]);
  if (held.size === 1) hasMoved = false;
  over.classList.add("held");
};

over.onpointermove = (event) => {
  const { pointerId, clientX: px, clientY: py } = event, before = held.get(pointerId);
  if (!before) {
    const at = draw.nodeAt(px, py, 5);
    over.classList.toggle("points", at >= 0);
    if (at !== state.hovered) { state.hovered = at; ask(); }
    return;
  }
  if (!hasMoved && Math.hypot(px - before[0], py - before[1]) < 4) return;
  hasMoved = true, state.hovered = -1;
  const other = [...held].find(([id]) => id !== pointerId)?.[1];
  if (other) {
    // Two fingers: what lies between them stays between them.
    const apart = (a) => Math.hypot(a[0] - other[0], a[1] - other[1]) || 1;
    zoom(apart([px, py]) / apart(before), (before[0] + other[0]) / 2, (before[1] + other[1]) / 2);
    pan((px - before[0]) / 2, (py - before[1]) / 2);
  } else {
    pan(px - before[0], py - before[1]);
  }
  held.set(pointerId, [px, py]);
};

over.onpointerup = over.onpointercancel = (event) => {
  if (!held.delete(event.pointerId)) return;
  if (!held.size) over.classList.remove("held");
  if (!hasMoved && event.type === "pointerup") choose(draw.nodeAt(event.clientX, event.clientY, event.pointerType === "mouse" ? 5 : 14), false);
};

over.onpointerleave = () => { state.hovered = -1; ask(); };

over.onwheel = (event) => {
  event.preventDefault();
  const lines = event.deltaMode === 1 ? 20 : 1;
  zoom(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016)), event.clientX, event.clientY);
};

const middle = () => draw.size().map((side) => side / 2);
const STEP = 80;
const KEYS = {
  ArrowLeft: () => pan(STEP, 0), ArrowRight: () => pan(-STEP, 0), ArrowUp: () => pan(0, STEP), ArrowDown: () => pan(0, -STEP),
  "+": () => zoom(1.3, ...middle()), "=": () => zoom(1.3, ...middle()), "-": () => zoom(1 / 1.3, ...middle()), 0: showAll,
};

document.onkeydown = (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const isTyped = event.target.matches("input, select"), isHere = !isTyped && !event.target.matches("button, a, summary");
  if (event.key === "Escape") {
    el("search").value = "";
    search();
    choose(-1);
    over.focus();
  } else if (event.key === "/" && !isTyped) {
    event.preventDefault();
    el("search").select();
  } else if (event.key === "Enter" && event.target === el("search") && state.hits.length) {
    choose(state.hits[0], true);
  } else if (KEYS[event.key] && isHere) {
    event.preventDefault();
    KEYS[event.key]();
  }
};

el("search").oninput = search;
el("close").onclick = () => choose(-1);
el("nearer").onclick = () => zoom(1.4, ...middle());
el("farther").onclick = () => zoom(1 / 1.4, ...middle());
el("all").onclick = showAll;
el("by").onchange = () => { state.by = el("by").value; colourBy(); repaint(); };
window.onresize = () => { draw.resize(); if (state.isFitted) showAll(); repaint(); };
matchMedia("(prefers-color-scheme: dark)").onchange = () => { draw.recolour(); repaint(); };

// --- beginning ----------------------------------------------------------------------------------------------------------------------------

const noun = (count, one) => `${count.toLocaleString("en")} ${one}${count === 1 ? "" : "s"}`;
el("name").textContent = data.name;
el("sum").textContent = `${noun(n, "node")}, ${noun(data.edges.length / 4, "edge")}`;
el("groups").open = window.innerWidth > 640;
draw.tell((took) => { told.paint = took.toFixed(1); });
told.nodes = n, told.edges = data.edges.length / 4;
colourBy();
draw.resize();
draw.recolour();
settle();
