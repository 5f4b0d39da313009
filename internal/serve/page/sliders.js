// A slider for each latent, in the order that they are given: its KL, marks at the prior's standard deviations and a band
// where the codes lie, a lock, and a row of images of what it does.

import { button as press, element } from './dom.js';
import { latest } from './latest.js';
import { imageOf } from './pixels.js';

const first = 10; // that are shown at once
const shown = 9; // values of a latent, in a row of images
const nothing = 0.01; // nats, below which a latent carries nothing

/** idle tells whether the model does not use a latent. */
export const idle = l => l.kl !== null && l.kl < nothing;

const word = l => `z${l.number}` + (idle(l) ? ' unused' : l.kl === null ? '' : ` KL ${l.kl.toFixed(2)}`);

export class Sliders {
  /** heard hears of another z [L]; decode makes images of points [n,L], one behind the other. */
  constructor(box, heard, decode) {
    Object.assign(this, { box, heard, decode, rows: new Map(), locked: new Set() });
    this.drawRows = latest(() => this.drawn());
  }

  show(latents, count, shape) {
    Object.assign(this, { latents, count, shape });
    this.locked.clear();
    this.rows.clear();
    this.box.replaceChildren();
    latents.slice(0, first).forEach(l => this.add(l));
    this.more = latents.length > first;
  }

  /** update takes what is known of the same latents of another model; all that a person has set stays. */
  update(latents) {
    this.latents = latents;
    for (const l of latents) {
      const row = this.rows.get(l.number);
      if (!row) continue;
      row.label.textContent = word(l);
      row.idle = idle(l);
      const ticks = this.marks(l, row.spread);
      row.ticks.replaceWith(ticks);
      row.ticks = ticks;
    }
  }

  all() {
    for (const l of this.latents) if (!this.rows.has(l.number)) this.add(l);
    this.more = false;
  }

  /** move sets one latent, as a person does. */
  move(latent, value) {
    const z = Float32Array.from(this.z);
    z[latent] = value;
    this.heard(z);
  }

  /** moved is z where others are set by of, a function of a latent's number; what is locked stays. */
  moved(of) { return this.z.map((v, j) => this.locked.has(j) ? v : of(j)); }

  add(l) {
    const name = `z${l.number}`, spread = Math.max(Math.abs(l.low), Math.abs(l.high), l.priorSD ? 3 * l.priorSD : 0, 3 * l.sd, 1e-3);
    const input = element('input', { id: name, type: 'range', min: -spread, max: spread, step: spread / 200 });
    const label = element('label', { htmlFor: name, title: `codes from ${l.low.toFixed(2)} to ${l.high.toFixed(2)}` }, word(l));
    const value = element('output'), images = element('div', { className: 'does', hidden: true });
    input.addEventListener('input', () => this.move(l.number, Number(input.value)));
    const toggle = (word, title, change) => {
      const button = element('button', { type: 'button', title }, word);
      button.setAttribute('aria-pressed', 'false');
      button.setAttribute('aria-label', `${word} ${name}`);
      button.addEventListener('click', () => {
        const on = button.getAttribute('aria-pressed') !== 'true';
        button.setAttribute('aria-pressed', String(on));
        change(on);
      });
      return button;
    };
    const lock = toggle('lock', 'keep this latent where it is while the point moves on the map', on => this.locked[on ? 'add' : 'delete'](l.number));
    const show = toggle('show', `what ${name} does: z with other values of it, from ${(-spread).toFixed(1)} to ${spread.toFixed(1)}`, on => {
      images.hidden = !on;
      this.drawRows();
    });
    const ticks = this.marks(l, spread), row = element('div', { className: 'slider' }, label, element('span', {}, input, ticks), value, lock, show, images);
    this.box.append(row);
    this.rows.set(l.number, { label, input, ticks, value, images, spread, idle: idle(l) });
  }

  /** marks are ticks at the prior's standard deviations, and a band from the 5th to the 95th percentile of the codes, stronger between the quartiles. */
  marks(l, spread) {
    const ticks = element('div', { className: 'ticks' }), at = v => 50 + 50 * v / spread;
    const band = (from, to, name) => {
      const b = element('b', { className: name });
      Object.assign(b.style, { left: `${at(from)}%`, width: `${Math.max(0.5, at(to) - at(from))}%` });
      ticks.append(b);
    };
    const [p5, p25, p50, p75, p95] = l.quantiles;
    ticks.title = `codes: median ${p50.toFixed(2)}, half of them from ${p25.toFixed(2)} to ${p75.toFixed(2)}, nine of ten from ${p5.toFixed(2)} to ${p95.toFixed(2)}` + (l.priorSD ? '; ticks at the prior\u2019s standard deviations' : '');
    band(p5, p95, 'most');
    band(p25, p75, 'half');
    for (const k of l.priorSD ? [-2, -1, 0, 1, 2] : []) {
      const tick = element('i');
      tick.style.left = `${at(k * l.priorSD)}%`;
      ticks.append(tick);
    }
    return ticks;
  }

  /** set moves all sliders; z is what is decoded. */
  set(z) {
    this.z = z;
    for (const [j, { input, value }] of this.rows) {
      input.value = z[j];
      value.textContent = z[j].toFixed(2);
    }
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.drawRows(), 80); // when z rests
  }

  /** drawn draws the rows of images that are asked for. */
  async drawn() {
    if (!this.decode) return;
    const { width, height, channels } = this.shape || {}, size = width * height * channels;
    for (const [j, row] of this.rows) {
      if (row.images.hidden) continue;
      const z = this.z, points = new Float32Array(shown * z.length), values = Array.from({ length: shown }, (_, k) => row.spread * (2 * k / (shown - 1) - 1));
      values.forEach((v, k) => {
        points.set(z, k * z.length);
        points[k * z.length + j] = v;
      });
      const body = await this.decode(points);
      if (!body || this.rows.get(j) !== row) return; // a fault, or another run is shown
      row.images.replaceChildren(...(row.idle ? [element('p', {}, `The model does not use z${j}: whatever its value, the same is decoded.`)] : []), ...values.map((v, k) => {
        const canvas = element('canvas', { width, height }), title = `z${j} = ${v.toFixed(2)}`;
        canvas.getContext('2d').putImageData(imageOf(body.subarray(k * size, (k + 1) * size), width, height, channels), 0, 0);
        return press(canvas, () => this.move(j, v), { className: 'thumb', title, ariaLabel: title });
      }));
    }
  }
}
