// What is drawn where. All of the graph is a picture that is larger than the window, and is moved and scaled while the reader moves and
// zooms; a new one is painted, beside the page where that is possible, when that comes to rest or the picture's edge shows. What the
// reader points at goes on a second canvas, each time.
"use strict";

function painter(graph, base, over) {
  const { n, x, y, size, ends, embeds, colour, shown, titles, order } = graph;
  const view = { x: 0, y: 0, k: 1 }, painted = { x: 0, y: 0, k: 0, age: -1 };
  const { paint, radius, name, dot, isFree, label } = brush(graph);
  let width = 1, height = 1, ratio = 1, look = {}, age = 0, isBusy = false, isAsked = false, told = () => {};
  const on = base.getContext("2d"), pen = over.getContext("2d");
  let worker = null;
  try {
    if (typeof OffscreenCanvas === "function") worker = beside(brushWorker, brush);
  } catch { /* Then the page paints. */ }
  if (worker) {
    worker.onmessage = ({ data }) => {
      take(data.view, data.pane, (w, h) => { fit(base, w, h); on.setTransform(1, 0, 0, 1, 0, 0); on.clearRect(0, 0, w, h); on.drawImage(data.image, 0, 0); });
      data.image.close();
      told(data.took);
    };
    worker.onerror = () => { worker = null, isBusy = false; renew(); };
    worker.postMessage({ fixed: { n, ends, size, titles, order } });
  }

  function fit(canvas, w, h) {
    if (canvas.width !== w) canvas.width = w;
    if (canvas.height !== h) canvas.height = h;
  }

  function resize() {
    ratio = Math.min(window.devicePixelRatio || 1, 3);
    width = window.innerWidth, height = window.innerHeight;
    fit(over, Math.round(width * ratio), Math.round(height * ratio));
    over.style.width = `${width}px`, over.style.height = `${height}px`;
    age++;
  }

  function recolour() {
    const style = getComputedStyle(document.documentElement), get = (name) => style.getPropertyValue(name).trim();
    look = { ground: get("--ground"), text: get("--text"), out: get("--accent"), into: get("--into"), colours: graph.palette.map(get) };
    age++;
  }

  const toScreen = (i) => [(x[i] - view.x) * view.k + width / 2, (y[i] - view.y) * view.k + height / 2];
  const toWorld = (px, py) => [(px - width / 2) / view.k + view.x, (py - height / 2) / view.k + view.y];

  // Asks for a new picture; while one is made, the next waits.
  function renew() {
    if (isBusy) { isAsked = true; return; }
    const margin = Math.round(Math.min(width, height) * 0.2), pane = { w: width + 2 * margin, h: height + 2 * margin, ratio };
    const shot = { ...view, age }, moving = { x, y, colour, shown };
    // The first picture waits for nobody.
    if (worker && painted.k) {
      isBusy = true;
      worker.postMessage({ moving, view: shot, pane, look });
      return;
    }
    const began = performance.now();
    take(shot, pane, (w, h) => { fit(base, w, h); paint(on, moving, shot, pane, look); });
    told(performance.now() - began);
  }

  function take(shot, pane, put) {
    put(Math.round(pane.w * pane.ratio), Math.round(pane.h * pane.ratio));
    Object.assign(base.style, {
      width: `${pane.w}px`, height: `${pane.h}px`, left: `${(width - pane.w) / 2}px`, top: `${(height - pane.h) / 2}px`,
    });
    Object.assign(painted, shot, { w: pane.w, h: pane.h });
    place();
    isBusy = false;
    if (isAsked) { isAsked = false; renew(); }
  }

  // Says that the nodes, or how they look, are others.
  function change() {
    age++;
    renew();
  }

  // Moves the picture to where it belongs now.
  function place() {
    if (!painted.k) return;
    const s = view.k / painted.k, dx = (painted.x - view.x) * view.k, dy = (painted.y - view.y) * view.k;
    base.style.transform = s === 1 && !dx && !dy ? "none" : `translate(${dx}px, ${dy}px) scale(${s})`;
  }

  // Returns whether the picture no longer serves: it is too coarse, or its edge has come into the window.
  function isWorn() {
    const s = view.k / painted.k, dx = Math.abs((painted.x - view.x) * view.k), dy = Math.abs((painted.y - view.y) * view.k);
    return !painted.k || s > 1.6 || (painted.w * s - width) / 2 < dx + 40 || (painted.h * s - height) / 2 < dy + 40;
  }

  const isPainted = () => painted.k === view.k && painted.x === view.x && painted.y === view.y && painted.age === age;

  // Draws what is pointed at, with its neighbours, what was found, and a ring round the note in the middle.
  function point(at, hits, centre) {
    const taken = [];
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    base.classList.toggle("dim", at >= 0 || hits.length > 0);
    if (centre !== null && at < 0) ring(centre, 2);
    for (const i of hits) ring(i, 1);
    if (at < 0) {
      hits.slice(0, 12).forEach((i) => caption(i, "600 12px system-ui, sans-serif", taken));
      return;
    }
    const near = graph.beside[at].filter((e) => shown[ends[e]] && shown[ends[e + 1]]);
    for (const e of near) {
      const [ax, ay] = toScreen(ends[e]), [bx, by] = toScreen(ends[e + 1]);
      pen.strokeStyle = ends[e] === at ? look.out : look.into;
      pen.lineWidth = near.length > 300 ? 0.6 : 1.3;
      pen.setLineDash(embeds[e / 2] ? [5, 3] : []);
      pen.beginPath();
      pen.moveTo(ax, ay);
      pen.lineTo(bx, by);
      pen.stroke();
    }
    pen.setLineDash([]);
    const others = [...new Set(near.map((e) => (ends[e] === at ? ends[e + 1] : ends[e])))].sort((a, b) => size[b] - size[a]);
    others.forEach((i) => ring(i, 0));
    ring(at, 2);
    caption(at, "600 14px system-ui, sans-serif", taken);
    others.slice(0, 40).forEach((i) => caption(i, "12px system-ui, sans-serif", taken));
  }

  function caption(i, font, taken) {
    const [px, py] = toScreen(i), top = py + radius(i, view.k) + 3;
    if (!shown[i] || px < -50 || px > width + 50 || py < -20 || py > height + 20) return;
    pen.font = font;
    if (isFree(taken, px, top, pen.measureText(name(i)).width)) label(pen, name(i), px, top, look);
  }

  function ring(i, more) {
    const [px, py] = toScreen(i), r = radius(i, view.k) + more;
    if (!shown[i] || px < -20 || px > width + 20 || py < -20 || py > height + 20) return;
    pen.fillStyle = look.colours[colour[i]];
    pen.beginPath();
    dot(pen, px, py, r);
    pen.fill();
    if (!more) return;
    pen.strokeStyle = look.text, pen.lineWidth = 1.2;
    pen.beginPath();
    pen.arc(px, py, r + 1.5, 0, 2 * Math.PI);
    pen.stroke();
  }

  // Returns the node at a place of the window, or -1.
  function nodeAt(px, py, slack) {
    let best = -1, nearest = Infinity;
    for (let i = 0; i < n; i++) {
      if (!shown[i]) continue;
      const dx = (x[i] - view.x) * view.k + width / 2 - px, dy = (y[i] - view.y) * view.k + height / 2 - py;
      const far = Math.sqrt(dx * dx + dy * dy) - radius(i, view.k);
      if (far < slack && far < nearest) nearest = far, best = i;
    }
    return best;
  }

  // Returns the view that shows these nodes, beside what covers the window.
  function around(nodes, inset) {
    let left = Infinity, right = -Infinity, top = Infinity, bottom = -Infinity;
    for (const i of nodes) {
      left = Math.min(left, x[i]), right = Math.max(right, x[i]), top = Math.min(top, y[i]), bottom = Math.max(bottom, y[i]);
    }
    if (left > right) return { x: 0, y: 0, k: 1 };
    const w = Math.max(width - inset.left - inset.right - 60, 80), h = Math.max(height - inset.top - inset.bottom - 70, 80);
    const k = Math.min(w / Math.max(right - left, 1), h / Math.max(bottom - top, 1), 1.8);
    return { x: (left + right) / 2 - (inset.left - inset.right) / 2 / k, y: (top + bottom) / 2 - (inset.top - inset.bottom) / 2 / k, k };
  }

  return { view, resize, recolour, renew, change, place, point, isWorn, isPainted, nodeAt, around, toWorld, size: () => [width, height], tell: (to) => { told = to; } };
}

// Starts a worker from functions of this page: from no other file.
function beside(work, ...tools) {
  const text = `"use strict"; (${work})(${tools.join(", ")});`;
  return new Worker(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
}
