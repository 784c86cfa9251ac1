// Paints the whole graph on a canvas: edges, nodes, names. It knows no page, so that a worker can do it while the page stays quick.
"use strict";

function brush({ n, ends, size, titles, order }) {
  const widths = new Float32Array(n);
  // Nodes grow more slowly than what lies between them.
  const radius = (i, k) => Math.max(0.9, size[i] * Math.min(Math.pow(k, 0.6), 2.2));
  // Returns what a node is called, at most so long.
  const name = (i) => (titles[i].length > 44 ? `${titles[i].slice(0, 43)}…` : titles[i]);

  // Paints what is `shown` as the view has it: `x` and `y` in the middle of a canvas of so many pixels, enlarged by `k`.
  function paint(on, { x, y, colour, shown }, view, { w, h, ratio }, look) {
    const { k } = view, sx = (i) => (x[i] - view.x) * k + w / 2, sy = (i) => (y[i] - view.y) * k + h / 2;
    on.setTransform(ratio, 0, 0, ratio, 0, 0);
    on.clearRect(0, 0, w, h);
    edges(on, sx, sy, w, h, ratio, colour, shown, look);
    const byColour = look.colours.map(() => []);
    for (let i = 0; i < n; i++) {
      if (!shown[i]) continue;
      const px = sx(i), py = sy(i), r = radius(i, k);
      if (px + r > 0 && px - r < w && py + r > 0 && py - r < h) byColour[colour[i]].push(i);
    }
    byColour.forEach((nodes, c) => {
      on.fillStyle = look.colours[c];
      for (let from = 0; from < nodes.length; from += 400) {
        on.beginPath();
        for (const i of nodes.slice(from, from + 400)) dot(on, sx(i), sy(i), radius(i, k));
        on.fill();
      }
    });
    names(on, sx, sy, w, h, k, shown, look);
  }

  function dot(on, px, py, r) {
    if (r < 1.6) return on.rect(px - r, py - r, 2 * r, 2 * r);
    on.moveTo(px + r, py);
    on.arc(px, py, r, 0, 2 * Math.PI);
  }

  // One pixel of the screen wide, which is by far the fastest, and the fainter the more there are.
  function edges(on, sx, sy, w, h, ratio, colour, shown, look) {
    const byColour = look.colours.map(() => []);
    let count = 0;
    for (let e = 0; e < ends.length; e += 2) {
      const s = ends[e], t = ends[e + 1];
      if (!shown[s] || !shown[t]) continue;
      const ax = sx(s), ay = sy(s), bx = sx(t), by = sy(t);
      if ((ax < 0 && bx < 0) || (ay < 0 && by < 0) || (ax > w && bx > w) || (ay > h && by > h)) continue;
      // What is shorter than its ends are wide is not seen.
      if (Math.abs(ax - bx) + Math.abs(ay - by) < 2) continue;
      byColour[colour[size[s] > size[t] ? s : t]].push(ax, ay, bx, by);
      count++;
    }
    on.lineWidth = 1 / ratio;
    on.globalAlpha = Math.max(0.1, Math.min(0.5, 14 / Math.sqrt(count + 1)));
    byColour.forEach((lines, c) => {
      on.strokeStyle = look.colours[c];
      for (let from = 0; from < lines.length; from += 1600) {
        on.beginPath();
        for (let i = from; i < Math.min(from + 1600, lines.length); i += 4) {
          on.moveTo(lines[i], lines[i + 1]);
          on.lineTo(lines[i + 2], lines[i + 3]);
        }
        on.stroke();
      }
    });
    on.globalAlpha = 1;
  }

  // The most linked first, as many as do not touch each other; small nodes have theirs only from near by.
  function names(on, sx, sy, w, h, k, shown, look) {
    const taken = [], most = Math.min(90, w * h / 16000) * Math.min(Math.max(2 * k, 0.4), 1);
    let looked = 0;
    for (const i of order) {
      if (taken.length >= most || looked > 1500) break;
      const px = sx(i), py = sy(i), r = radius(i, k);
      if (!shown[i] || px < 0 || px > w || py < 0 || py > h) continue;
      looked++;
      if (r < 3.2 && n > 150 && k < 0.9) continue;
      on.font = r > 9 ? "600 13px system-ui, sans-serif" : "12px system-ui, sans-serif";
      widths[i] ||= on.measureText(name(i)).width;
      if (isFree(taken, px, py + r + 2, widths[i])) label(on, name(i), px, py + r + 2, look);
    }
  }

  // Returns whether nothing is written at a place yet, and takes it.
  function isFree(taken, px, top, wide) {
    const half = wide / 2 + 6, box = [px - half, top - 4, px + half, top + 20];
    const isTaken = taken.some((b) => b[0] < box[2] && b[2] > box[0] && b[1] < box[3] && b[3] > box[1]);
    if (!isTaken) taken.push(box);
    return !isTaken;
  }

  // With a rim of the ground's colour, so that it is read above lines.
  function label(on, text, px, top, look) {
    on.textAlign = "center", on.textBaseline = "top", on.lineJoin = "round";
    on.strokeStyle = look.ground, on.lineWidth = 3.5;
    on.strokeText(text, px, top);
    on.fillStyle = look.text;
    on.fillText(text, px, top);
  }

  return { paint, radius, name, dot, isFree, label };
}

// Paints beside the page, and hands each picture over with the view that it shows.
function brushWorker(brush) {
  let paint, canvas;
  onmessage = ({ data: { fixed, moving, view, pane, look } }) => {
    if (fixed) {
      paint = brush(fixed).paint;
      return;
    }
    const w = Math.round(pane.w * pane.ratio), h = Math.round(pane.h * pane.ratio), began = performance.now();
    if (!canvas || canvas.width !== w || canvas.height !== h) canvas = new OffscreenCanvas(w, h);
    paint(canvas.getContext("2d"), moving, view, pane, look);
    const image = canvas.transferToImageBitmap();
    postMessage({ image, view, pane, took: performance.now() - began }, [image]);
  };
}
