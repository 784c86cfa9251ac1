// Where nodes lie: a field of forces that comes to rest. Links pull, nodes push (by a quadtree, after Barnes and Hut), all is drawn to the
// middle. Nothing is left to chance, so that the same graph looks the same each time. It knows no page: it runs in a worker, or in slices.
"use strict";

function layout(n, ends, clusters) {
  const x = new Float32Array(n), y = new Float32Array(n), vx = new Float32Array(n), vy = new Float32Array(n);
  const degree = new Float32Array(n);
  for (const end of ends) degree[end]++;
  // A small graph has room for its names.
  const wide = n < 200 ? 2.2 - n / 170 : 1, LENGTH = 34 * wide, PUSH = 95 * wide * wide, THETA2 = 0.64, REACH2 = 1200 * 1200, GRAVITY = 0.035, DECAY = 1 - Math.pow(0.002, 1 / 220);
  let alpha = 1;

  // Each folder is a disc of its own, the largest in the middle, its most linked notes inside: the first picture is one to look at already.
  const TURN = Math.PI * (3 - Math.sqrt(5)), SPACE = 15;
  const members = new Map();
  for (let i = 0; i < n; i++) {
    if (!members.has(clusters[i])) members.set(clusters[i], []);
    members.get(clusters[i]).push(i);
  }
  let before = 0;
  [...members.values()].sort((a, b) => b.length - a.length || a[0] - b[0]).forEach((cluster, c) => {
    const far = c === 0 ? 0 : SPACE * 1.5 * Math.sqrt(before + cluster.length), middle = c * TURN;
    cluster.sort((a, b) => degree[b] - degree[a] || a - b).forEach((node, i) => {
      const out = SPACE * Math.sqrt(i + 0.5), turn = i * TURN;
      x[node] = far * Math.cos(middle) + out * Math.cos(turn);
      y[node] = far * Math.sin(middle) + out * Math.sin(turn);
    });
    before += cluster.length;
  });

  // A cell has four children: -1 is none, another cell, or a node `i` as -2 - i. Nodes at one place are chained.
  let room = 4 * n + 64;
  let child = new Int32Array(4 * room), mass = new Float32Array(room), cx = new Float32Array(room), cy = new Float32Array(room);
  const chain = new Int32Array(n);
  let cells = 0, left = 0, top = 0, side = 1, shift = 20011;

  function cell() {
    if (cells === room) {
      room *= 2;
      const grown = (Kind, old, size) => { const next = new Kind(size); next.set(old); return next; };
      child = grown(Int32Array, child, 4 * room);
      mass = grown(Float32Array, mass, room);
      cx = grown(Float32Array, cx, room);
      cy = grown(Float32Array, cy, room);
    }
    child.fill(-1, 4 * cells, 4 * cells + 4);
    mass[cells] = cx[cells] = cy[cells] = 0;
    return cells++;
  }

  function plant() {
    let right = -Infinity, bottom = -Infinity;
    left = Infinity, top = Infinity;
    for (let i = 0; i < n; i++) {
      left = Math.min(left, x[i]), right = Math.max(right, x[i]), top = Math.min(top, y[i]), bottom = Math.max(bottom, y[i]);
    }
    // The cells' edges show as lines along which nodes gather, so they lie elsewhere each time.
    side = Math.max(right - left, bottom - top, 1);
    shift = (shift * 16807) % 2147483647;
    const slack = (shift % 1000) / 1000, slant = (shift % 997) / 997;
    left -= side * slack * 0.6, top -= side * slant * 0.6, side *= 1.7;
    cells = 0;
    cell();
    for (let i = 0; i < n; i++) insert(i);
    // A child has a higher number than its parent.
    for (let c = cells - 1; c >= 0; c--) {
      for (let q = 4 * c; q < 4 * c + 4; q++) {
        const at = child[q];
        if (at >= 0) mass[c] += mass[at], cx[c] += mass[at] * cx[at], cy[c] += mass[at] * cy[at];
        for (let i = -2 - at; at < -1 && i >= 0; i = chain[i]) mass[c]++, cx[c] += x[i], cy[c] += y[i];
      }
      cx[c] /= mass[c], cy[c] /= mass[c];
    }
  }

  function insert(i) {
    let c = 0, half = side / 2, mx = left + half, my = top + half;
    chain[i] = -1;
    for (let depth = 0; ; depth++) {
      const q = 4 * c + (x[i] > mx ? 1 : 0) + (y[i] > my ? 2 : 0), at = child[q];
      if (at === -1) { child[q] = -2 - i; return; }
      half /= 2, mx += x[i] > mx ? half : -half, my += y[i] > my ? half : -half;
      if (at >= 0) { c = at; continue; }
      const other = -2 - at;
      if (depth > 24) { chain[i] = other; child[q] = -2 - i; return; }
      const made = cell();
      child[q] = made;
      child[4 * made + (x[other] > mx ? 1 : 0) + (y[other] > my ? 2 : 0)] = at;
      c = made;
    }
  }

  const stack = new Int32Array(512), sides = new Float32Array(512);
  function push(i) {
    let depth = 0;
    stack[0] = 0, sides[0] = side, depth = 1;
    const px = x[i], py = y[i], force = PUSH * alpha;
    let fx = 0, fy = 0;
    while (depth > 0) {
      const c = stack[--depth], wide = sides[depth];
      const dx = px - cx[c], dy = py - cy[c], d2 = dx * dx + dy * dy;
      if (wide * wide < THETA2 * d2) {
        if (d2 < REACH2) fx += dx * mass[c] / d2, fy += dy * mass[c] / d2;
        continue;
      }
      for (let q = 4 * c; q < 4 * c + 4; q++) {
        const at = child[q];
        if (at >= 0) { stack[depth] = at, sides[depth++] = wide / 2; continue; }
        for (let other = -2 - at; at < -1 && other >= 0; other = chain[other]) {
          if (other === i) continue;
          let ex = px - x[other], ey = py - y[other], e2 = ex * ex + ey * ey;
          // Two at one place part in a direction that is theirs.
          if (e2 < 1e-3) ex = Math.cos(i * TURN) * 0.1, ey = Math.sin(i * TURN) * 0.1, e2 = 0.01;
          if (e2 < 25) ex *= 25 / e2, ey *= 25 / e2, e2 = 25;
          fx += ex / e2, fy += ey / e2;
        }
      }
    }
    vx[i] += fx * force, vy[i] += fy * force;
  }

  function step() {
    for (let e = 0; e < ends.length; e += 2) {
      const s = ends[e], t = ends[e + 1];
      let dx = x[t] + vx[t] - x[s] - vx[s], dy = y[t] + vy[t] - y[s] - vy[s];
      const far = Math.sqrt(dx * dx + dy * dy) || 1e-3;
      // What has many links is hard to move, and its links are long and weak.
      const least = Math.min(degree[s], degree[t]), most = Math.max(degree[s], degree[t]);
      const pull = (far - LENGTH * (1 + Math.sqrt(most) / 12)) / far * alpha / least * 0.9;
      const share = degree[s] / (degree[s] + degree[t]);
      dx *= pull, dy *= pull;
      vx[t] -= dx * share, vy[t] -= dy * share, vx[s] += dx * (1 - share), vy[s] += dy * (1 - share);
    }
    plant();
    for (let i = 0; i < n; i++) {
      push(i);
      vx[i] -= x[i] * GRAVITY * alpha, vy[i] -= y[i] * GRAVITY * alpha;
    }
    for (let i = 0; i < n; i++) {
      vx[i] *= 0.6, vy[i] *= 0.6;
      const fast = Math.hypot(vx[i], vy[i]);
      if (fast > 120) vx[i] *= 120 / fast, vy[i] *= 120 / fast;
      x[i] += vx[i], y[i] += vy[i];
    }
    alpha *= 1 - DECAY;
    return n > 1 && alpha > 0.004;
  }

  return { x, y, step };
}

// Runs a layout beside the page, and tells now and then where the nodes are.
function layoutWorker(layout) {
  onmessage = ({ data: { n, ends, clusters } }) => {
    const field = layout(n, ends, clusters);
    let told = Date.now(), moves = true;
    while (moves) {
      moves = field.step();
      if (!moves || Date.now() - told > 60) {
        postMessage({ x: field.x.slice(), y: field.y.slice(), moves });
        told = Date.now();
      }
    }
  };
}
