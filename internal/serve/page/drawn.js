// Images that a person draws or brings: where their codes lie, and what the model makes of them.

import { json } from './api.js';
import { $, element } from './dom.js';
import { latest } from './latest.js';
import { api, page, scatter, titled, tried } from './page.js';
import { Pad } from './pad.js';
import { fromBase64 } from './pixels.js';
import { setZ } from './point.js';

const bars = 8; // latents that are told of

const encodeDrawing = latest(tried(async () => {
  const image = pad.image(page.run);
  if (image) await encode(image, 'application/octet-stream');
}));
const pad = new Pad($('pad'), $('pen'), encodeDrawing);

async function encode(body, type) {
  const run = page.run;
  const e = await json(api('encode'), { map: page.shown, label: page.class || undefined, invert: $('invert').checked ? 1 : undefined },
    { method: 'POST', body, headers: { 'Content-Type': type } });
  if (run !== page.run) return;
  scatter.drawing = e.place ? { place: e.place, ellipse: e.ellipse } : null;
  setZ(Float32Array.from(e.mu), { at: -1, image: fromBase64(e.input) });
  show(e);
}

/** show tells the scores of an image, and the KL of its latents. */
function show(e) {
  const lines = e.scores.map(s => {
    const place = s.percent === null ? '' : `, more than ${s.percent.toFixed(1)} % of the training images`;
    return element('p', {}, `${titled(s.name)} ${s.value.toPrecision(5)}${place}`);
  });
  $('encoded').replaceChildren(...lines);
  if (!e.kl) return;
  const top = e.kl.map((v, j) => [v, j]).sort((a, b) => b[0] - a[0]).slice(0, bars), chart = element('div', { className: 'bars', role: 'img' });
  chart.setAttribute('aria-label', 'KL of the latents: ' + top.map(([v, j]) => `z${j} ${v.toFixed(2)}`).join(', '));
  for (const [v, j] of top) {
    const bar = document.createElement('b');
    bar.style.width = `${100 * v / (top[0][0] || 1)}%`;
    chart.append(element('span', {}, `z${j}`), bar, element('span', {}, v.toFixed(2)));
  }
  $('encoded').append(element('p', {}, `KL ${e.kl.reduce((a, b) => a + b, 0).toFixed(2)} nats:`), chart);
}

export const openFile = tried(async file => encode(await file.arrayBuffer(), file.type || 'image/*'));

export function clear() {
  pad.clear();
  $('encoded').replaceChildren();
  scatter.drawing = null;
  scatter.draw();
}
