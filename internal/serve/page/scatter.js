// The map: points by color, images where there is room for them, a cursor, a lasso. Canvas alone: without a
// graphics card it draws a million points in the time that software WebGL takes for a few thousand.

import { colors, css, ramp, shapes, unlabeled } from './colors.js';
import { listen } from './gestures.js';

const bins = 64; // of the grid by which points are found, to a side
const nearby = 12; // pixels within which a point is under the pointer
export const mostShapes = 3000; // points that have a shape by their label, too
const mostImages = 600; // that are drawn as images
const keptImages = 4000; // that stay in memory
const imageSide = 24; // pixels of the longer side of an image on the map

/** Chosen are numbers of images, of which it is quickly told whether one is among them. */
export class Chosen {
  constructor(images = []) {
    this.images = images;
    this.size = images.length;
    this.marks = new Uint8Array(images.reduce((most, i) => Math.max(most, i + 1), 0));
    for (const i of images) this.marks[i] = 1;
  }

  has(i) { return this.marks[i] === 1; }
}

export class Scatter {
  /** heard are functions that hear of what a person does: move, hover, pick, select, moved, thumbs; each may be left out. */
  constructor(canvas, heard = {}) {
    Object.assign(this, { canvas, heard, places: new Float32Array(0), n: 0, values: null, labels: null, kept: null, hidden: new Set(), chosen: new Chosen(), mode: 'move', thumbs: new Map(), wanted: new Set(), epoch: 0 });
    this.context = canvas.getContext('2d');
    this.view = { x: 0, y: 0, scale: 1 };
    this.cursor = null;
    new ResizeObserver(() => this.resize()).observe(canvas);
    listen(this);
  }

  /** show takes the places of the points. */
  show(places, keep) {
    this.places = places;
    this.n = places.length / 2;
    this.index();
    if (!keep) this.fit();
    this.repaint();
  }

  /** paint takes a number for each point; of classes it is that of the class. */
  paint(values, classes) {
    this.values = values;
    this.classes = classes;
    this.range = spread(values);
    this.repaint();
  }

  /** keep takes an image for the map, from which old ones go where there are too many. */
  keep(i, bitmap) {
    this.thumbs.get(i)?.close();
    this.thumbs.delete(i);
    this.thumbs.set(i, bitmap);
    for (const [old, b] of this.thumbs) {
      if (this.thumbs.size <= keptImages) break;
      b.close();
      this.thumbs.delete(old);
      this.wanted.delete(old);
    }
  }

  /** forget is for other images. Those that are under way are none of them: epoch is another. */
  forget() {
    for (const b of this.thumbs.values()) b.close();
    this.thumbs.clear();
    this.wanted.clear();
    this.hidden = new Set();
    this.epoch++;
    Object.assign(this, { cursor: null, drawing: null, ends: [], values: null, classes: false, range: [0, 1], labels: null, kept: null });
    this.behind(null);
    this.show(new Float32Array(0));
  }

  /** behind shows pictures behind the points, at places of the map: {bitmap, left, right, bottom, top} each. */
  behind(cells) {
    for (const c of this.backdrop || []) c.bitmap.close();
    this.backdrop = cells;
    this.draw();
  }

  /** label takes the numbers of the points' labels, -1 for none, by which points are hidden. */
  label(labels) {
    this.labels = labels;
    this.repaint();
  }

  resize() {
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const box = this.canvas.getBoundingClientRect();
    const width = Math.round(box.width * ratio), height = Math.round(box.height * ratio);
    if (width === this.canvas.width && height === this.canvas.height) return;
    const first = this.canvas.width <= 300 && !this.sized;
    Object.assign(this.canvas, { width, height });
    Object.assign(this, { ratio, sized: true });
    if (first) this.fit();
    this.draw();
  }

  /** fit shows all points that are not hidden. */
  fit() {
    const extent = this.hidden.size ? this.extent(i => this.shown(i)) : this.bounds || this.extent(() => true), [left, right, bottom, top] = extent;
    const { width, height } = this.canvas, scale = this.fitting(extent);
    this.view = { scale, x: width / 2 - scale * (left + right) / 2, y: height / 2 + scale * (bottom + top) / 2 };
    this.draw();
    if (this.sized) this.rest();
  }

  /** fitting is the scale at which a rectangle of the map is seen whole. */
  fitting([left, right, bottom, top]) { return 0.9 * Math.min(this.canvas.width / (right - left || 1), this.canvas.height / (top - bottom || 1)); }

  toScreen(x, y) { return [this.view.x + this.view.scale * x, this.view.y - this.view.scale * y]; }
  toMap(x, y) { return [(x - this.view.x) / this.view.scale, (this.view.y - y) / this.view.scale]; }

  /** extent is the rectangle that holds some of the points. */
  extent(of) {
    let left = Infinity, right = -Infinity, bottom = Infinity, top = -Infinity;
    const p = this.places;
    for (let i = 0; i < this.n; i++) {
      const x = p[2 * i], y = p[2 * i + 1];
      if (!of(i)) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < bottom) bottom = y;
      if (y > top) top = y;
    }
    return left > right ? [-1, 1, -1, 1] : [left, right, bottom, top];
  }

  /** index sorts points into a grid. */
  index() {
    const p = this.places, [left, right, bottom, top] = this.bounds = this.extent(() => true);
    this.cell = [(right - left) / bins || 1, (top - bottom) / bins || 1];
    const at = new Uint16Array(this.n), starts = new Uint32Array(bins * bins + 1);
    for (let i = 0; i < this.n; i++) {
      at[i] = this.bin(p[2 * i], p[2 * i + 1]);
      starts[at[i] + 1]++;
    }
    for (let b = 0; b < bins * bins; b++) starts[b + 1] += starts[b];
    const rows = new Uint32Array(this.n), next = starts.slice();
    for (let i = 0; i < this.n; i++) rows[next[at[i]]++] = i;
    Object.assign(this, { starts, rows });
  }

  column(x) { return Math.max(0, Math.min(bins - 1, Math.floor((x - this.bounds[0]) / this.cell[0]))); }
  line(y) { return Math.max(0, Math.min(bins - 1, Math.floor((y - this.bounds[2]) / this.cell[1]))); }
  bin(x, y) { return this.line(y) * bins + this.column(x); }

  shown(i) { return !(this.hidden.size && this.labels && this.hidden.has(this.labels[i])); }

  /** center moves the map so that a point is in its middle, unless it is well seen. */
  center(i) {
    if (!(i < this.n)) return;
    const [x, y] = this.toScreen(this.places[2 * i], this.places[2 * i + 1]), { width, height } = this.canvas;
    if (x > 0.05 * width && x < 0.95 * width && y > 0.05 * height && y < 0.95 * height) return;
    this.view.x = this.canvas.width / 2 - this.view.scale * this.places[2 * i];
    this.view.y = this.canvas.height / 2 + this.view.scale * this.places[2 * i + 1];
    this.draw();
    this.rest();
  }

  /** within calls f with the shown points in a rectangle of the map, until it says true. */
  within(left, right, bottom, top, f) {
    if (!this.n) return;
    for (let line = this.line(bottom); line <= this.line(top); line++) {
      const from = this.starts[line * bins + this.column(left)], to = this.starts[line * bins + this.column(right) + 1];
      for (let j = from; j < to; j++) {
        const i = this.rows[j], x = this.places[2 * i], y = this.places[2 * i + 1];
        if (x >= left && x <= right && y >= bottom && y <= top && this.shown(i) && f(i, x, y)) return;
      }
    }
  }

  /** under is the point nearest to a place of the screen, -1 for none. */
  under(sx, sy) {
    const reach = nearby * this.ratio / this.view.scale, [x, y] = this.toMap(sx, sy);
    let best = -1, least = reach * reach;
    this.within(x - reach, x + reach, y - reach, y + reach, (i, px, py) => {
      const d = (px - x) ** 2 + (py - y) ** 2;
      if (d <= least) [best, least] = [i, d];
    });
    return best;
  }

  draw() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      this.paintAll();
    });
  }

  paintAll() {
    const { width, height } = this.canvas;
    if (!width || !height) return;
    const start = performance.now();
    const image = this.context.createImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    this.points(pixels, width, height);
    this.context.putImageData(image, 0, 0);
    if (this.backdrop) this.drawBehind();
    this.images();
    this.marks();
    this.frame = performance.now() - start;
  }

  /** tinted gives each point its color, 0 where it is hidden; anew where something that it depends on is another. */
  tinted() {
    if (this.tints && this.tints.length === this.n) return this.tints;
    const tints = this.tints = new Uint32Array(this.n), palette = colors(), none = unlabeled(), faint = this.chosen.size > 0;
    const [low, high] = this.range || [0, 1], span = high - low || 1;
    for (let i = 0; i < this.n; i++) {
      let color = none;
      if (!this.shown(i)) color = 0;
      else if (this.kept && this.kept.has(i)) color = none;
      else if (this.values && this.classes) {
        const v = this.values[i] | 0;
        color = v < 0 ? none : palette[v % palette.length];
      } else if (this.values) {
        const v = (this.values[i] - low) / span;
        color = Number.isFinite(v) ? ramp(Math.max(0, Math.min(1, v))) : none;
      }
      if (faint && color && !this.chosen.has(i) && !(this.kept && this.kept.has(i))) color = (color & 0xffffff | 0x50000000) >>> 0;
      tints[i] = color;
    }
    return tints;
  }

  /** repaint draws with other colors. */
  repaint() {
    this.tints = null;
    this.draw();
  }

  /** points puts a square for each point. */
  points(pixels, width, height) {
    const { x: ox, y: oy, scale } = this.view, p = this.places, tints = this.tinted(), n = this.n;
    const size = n > 200000 ? 1 : n > 20000 ? 2 : 3, side = Math.max(1, Math.round(size * this.ratio)), half = side >> 1;
    const right = width - side, bottom = height - side;
    if (this.classes && n <= mostShapes) return this.shaped(pixels, width, height, tints);
    for (let i = 0; i < n; i++) {
      const sx = (ox + scale * p[2 * i] | 0) - half, sy = (oy - scale * p[2 * i + 1] | 0) - half;
      if (sx < 0 || sy < 0 || sx >= right || sy >= bottom) continue;
      const color = tints[i];
      if (color === 0) continue;
      let row = sy * width + sx;
      if (side === 1) {
        pixels[row] = color;
        continue;
      }
      for (let dy = 0; dy < side; dy++, row += width) {
        for (let dx = 0; dx < side; dx++) pixels[row + dx] = color;
      }
    }
  }

  drawBehind() {
    const c = this.context;
    c.globalCompositeOperation = 'destination-over';
    c.imageSmoothingEnabled = false;
    c.globalAlpha = 0.75;
    for (const b of this.backdrop) {
      const [x0, y0] = this.toScreen(b.left, b.top), [x1, y1] = this.toScreen(b.right, b.bottom);
      c.drawImage(b.bitmap, x0, y0, x1 - x0, y1 - y0);
    }
    c.globalCompositeOperation = 'source-over';
    c.globalAlpha = 1;
  }

  /** shaped puts the shape of its label for each point. */
  shaped(pixels, width, height, tints) {
    const { x: ox, y: oy, scale } = this.view, p = this.places, big = Math.max(1, Math.round(this.ratio)), reach = 4 * big;
    for (let i = 0; i < this.n; i++) {
      const sx = ox + scale * p[2 * i] | 0, sy = oy - scale * p[2 * i + 1] | 0, color = tints[i];
      if (color === 0 || sx < reach || sy < reach || sx >= width - reach || sy >= height - reach) continue;
      for (const [dx, dy] of shapes[Math.max(0, this.values[i]) % shapes.length]) {
        for (let by = 0; by < big; by++) for (let bx = 0; bx < big; bx++) pixels[(sy + dy * big + by) * width + sx + dx * big + bx] = color;
      }
    }
  }

  /** images draws the images of the points that are seen, where there are few enough. */
  images() {
    const { width, height } = this.canvas, [left, top] = this.toMap(0, 0), [right, bottom] = this.toMap(width, height);
    const seen = [];
    this.within(left, right, bottom, top, i => seen.push(i) > mostImages);
    this.zoomed = seen.length > 0 && seen.length <= mostImages;
    if (!this.zoomed) return;
    const side = imageSide * this.ratio, missing = [];
    this.context.imageSmoothingEnabled = false;
    for (const i of seen) {
      const thumb = this.thumbs.get(i);
      if (!thumb) {
        if (!this.wanted.has(i)) missing.push(i);
        continue;
      }
      const [x, y] = this.toScreen(this.places[2 * i], this.places[2 * i + 1]);
      const zoom = side / Math.max(thumb.width, thumb.height), w = zoom * thumb.width, h = zoom * thumb.height;
      this.context.drawImage(thumb, x - w / 2, y - h / 2, w, h);
      if (this.values && this.classes && this.values[i] >= 0) {
        this.context.strokeStyle = css(colors()[this.values[i] % colors().length]);
        this.context.lineWidth = this.ratio;
        this.context.strokeRect(x - w / 2, y - h / 2, w, h);
      }
    }
    if (missing.length) {
      missing.forEach(i => this.wanted.add(i));
      this.heard.thumbs?.(missing);
    }
  }

  /** marks draws cursor, ends of paths, drawings with their ellipse, the lasso. */
  marks() {
    const c = this.context, r = this.ratio;
    const ring = (x, y, radius, color, width = 2) => {
      c.beginPath();
      c.arc(x, y, radius * r, 0, 7);
      c.lineWidth = (width + 2) * r;
      c.strokeStyle = '#fff';
      c.stroke();
      c.lineWidth = width * r;
      c.strokeStyle = color;
      c.stroke();
    };
    (this.ends || []).forEach((i, k) => {
      const [x, y] = this.toScreen(this.places[2 * i], this.places[2 * i + 1]);
      ring(x, y, 8, '#d62728');
      this.write(String.fromCharCode(65 + k), x + 11 * r, y);
    });
    if (this.drawing) {
      const [x, y] = this.toScreen(...this.drawing.place);
      ring(x, y, 6, '#9467bd', 3);
      if (this.drawing.ellipse) {
        const [a, b] = this.drawing.ellipse;
        c.beginPath();
        c.ellipse(x, y, 2 * a * this.view.scale, 2 * b * this.view.scale, 0, 0, 7);
        c.strokeStyle = '#9467bd';
        c.stroke();
      }
      this.write('drawn', x + 10 * r, y);
    }
    if (this.cursor) {
      const [x, y] = this.toScreen(...this.cursor);
      ring(x, y, 7, '#0b62c4', 3);
      c.beginPath();
      c.moveTo(x - 12 * r, y); c.lineTo(x + 12 * r, y); c.moveTo(x, y - 12 * r); c.lineTo(x, y + 12 * r);
      c.lineWidth = r;
      c.stroke();
    }
    if (this.lasso && this.lasso.length > 1) {
      c.beginPath();
      this.lasso.forEach(([x, y], k) => k ? c.lineTo(x, y) : c.moveTo(x, y));
      c.closePath();
      c.fillStyle = 'rgba(11,98,196,.15)';
      c.strokeStyle = '#0b62c4';
      c.lineWidth = r;
      c.fill();
      c.stroke();
    }
  }

  write(word, x, y) {
    const c = this.context;
    c.font = `${13 * this.ratio}px system-ui, sans-serif`;
    c.textBaseline = 'middle';
    c.lineWidth = 3 * this.ratio;
    c.strokeStyle = '#fff';
    c.strokeText(word, x, y);
    c.fillStyle = '#000';
    c.fillText(word, x, y);
  }

  /** enclosed are the shown points within a polygon of the screen. */
  enclosed(polygon) {
    const n = polygon.length, xs = new Float64Array(n), ys = new Float64Array(n), found = new Uint32Array(this.n);
    polygon.forEach(([x, y], k) => { [xs[k], ys[k]] = this.toMap(x, y); });
    const inside = (x, y) => {
      let odd = false;
      for (let a = 0, b = n - 1; a < n; b = a++) {
        if (ys[a] > y !== ys[b] > y && x < (xs[b] - xs[a]) * (y - ys[a]) / (ys[b] - ys[a]) + xs[a]) odd = !odd;
      }
      return odd;
    };
    const [left, , bottom] = this.bounds, [wide, high] = this.cell;
    let count = 0;
    for (let line = this.line(Math.min(...ys)); this.n && line <= this.line(Math.max(...ys)); line++) {
      for (let column = this.column(Math.min(...xs)); column <= this.column(Math.max(...xs)); column++) {
        // Where no side of the polygon comes near a cell, all of its points are in, or none is.
        const x = left + (column + 0.5) * wide, y = bottom + (line + 0.5) * high, whole = !this.crossed(xs, ys, x, y, 0.51 * wide, 0.51 * high);
        if (whole && !inside(x, y)) continue;
        for (let j = this.starts[line * bins + column]; j < this.starts[line * bins + column + 1]; j++) {
          const i = this.rows[j];
          if ((whole || inside(this.places[2 * i], this.places[2 * i + 1])) && this.shown(i)) found[count++] = i;
        }
      }
    }
    return found.subarray(0, count);
  }

  /** crossed tells whether a side of a polygon may touch a rectangle around a place: true as well for some that only come near. */
  crossed(xs, ys, x, y, w, h) {
    for (let a = 0, b = xs.length - 1; a < xs.length; b = a++) {
      if (Math.max(xs[a], xs[b]) < x - w || Math.min(xs[a], xs[b]) > x + w || Math.max(ys[a], ys[b]) < y - h || Math.min(ys[a], ys[b]) > y + h) continue;
      const nx = ys[b] - ys[a], ny = xs[a] - xs[b], far = nx * (x - xs[a]) + ny * (y - ys[a]); // times the length of the side, how far it is
      if (Math.abs(far) <= Math.abs(nx) * w + Math.abs(ny) * h) return true;
    }
    return false;
  }

  zoom(factor, sx = this.canvas.width / 2, sy = this.canvas.height / 2) {
    const [x, y] = this.toMap(sx, sy), scale = this.view.scale * factor, whole = this.fitting(this.bounds || [-1, 1, -1, 1]);
    if (!(scale > whole / 100 && scale < whole * 1e5)) return;
    this.view.scale = scale;
    this.view.x = sx - this.view.scale * x;
    this.view.y = sy + this.view.scale * y;
    this.draw();
    this.rest();
  }

  /** rest tells when the view has come to rest. */
  rest() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.heard.moved?.(), 250);
  }
}

/** spread is from the second percentile to the last but two, of finite numbers. */
function spread(values) {
  if (!values) return null;
  const sorted = Float32Array.from(values).filter(Number.isFinite).sort();
  if (!sorted.length) return [0, 1];
  return [sorted[Math.floor(0.02 * (sorted.length - 1))], sorted[Math.ceil(0.98 * (sorted.length - 1))]];
}
