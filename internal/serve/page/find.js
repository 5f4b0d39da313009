// Images that are looked for: by name, or as those that have the most and the least of a number.

import { bytes, json } from './api.js';
import { $, element } from './dom.js';
import { latest } from './latest.js';
import { api, page, scatter, titled, tried } from './page.js';
import { put } from './pixels.js';
import { decodeAll, pick, source, thumbnail } from './point.js';

const most = 20, extremes = 6; // images

const wanted = () => `${page.run.number} ${$('find').value.trim()}`;

/** find lists the images whose names have what a person types in them. */
export const find = latest(tried(async () => {
  const name = $('find').value.trim(), of = wanted();
  const all = name ? await json(api('search'), { name, k: most }) : [];
  if (of !== wanted()) return;
  $('found').replaceChildren(...all.map(f => {
    const row = element('button', { type: 'button' }, element('img', { src: source(f.image), alt: '' }), ` ${f.name}${f.label ? ', ' + f.label : ''}`);
    row.addEventListener('click', () => go(f.image));
    return element('li', {}, row);
  }));
  $('found').dataset.of = of;
  $('found').hidden = !name;
  if (all.length === most) $('found').append(element('li', {}, `the first ${most}`));
  if (name && !all.length) $('found').append(element('li', {}, 'no image has such a name or label'));
  $('founds').textContent = !name ? '' : all.length ? `${all.length}${all.length === most ? ' or more' : ''} found` : 'no image has such a name or label';
  if (entered) first();
}));

let entered = false; // before what was typed was found

/** go shows an image that was found. */
async function go(i) {
  $('found').hidden = true;
  $('founds').textContent = '';
  scatter.center(i);
  await pick(i);
}

/** first goes to the first image that is found, once it is. */
export function first() {
  entered = $('found').dataset.of !== wanted();
  if (!entered) $('found').querySelector('button')?.click();
}

/** forgetFound is for another run. */
export function forgetFound() {
  entered = false;
  $('find').value = $('founds').textContent = '';
  $('found').replaceChildren();
  $('found').hidden = true;
  delete $('found').dataset.of;
}

/** showExtremes shows the images that have the most and the least of what is chosen. */
export const showExtremes = tried(async () => {
  const of = $('extreme').value, run = page.run, box = $('extremes');
  if (!of) return box.replaceChildren();
  box.replaceChildren(`${titled(of)} of all images ...`);
  const values = new Float32Array(await bytes(api('values'), { of }));
  if (run !== page.run || of !== $('extreme').value) return;
  const sorted = Uint32Array.from(values, (_, i) => i).filter(i => Number.isFinite(values[i])).sort((a, b) => values[b] - values[a] || a - b);
  const row = (title, images) => element('div', { className: 'row' }, element('span', {}, title), ...[...images].map(i => {
    const made = element('canvas', { role: 'img', title: 'its reconstruction' });
    reconstruct(i, made);
    const both = thumbnail(i, `image ${i}, ${titled(of)} ${values[i].toPrecision(4)}`);
    both.append(made);
    return element('figure', {}, both, element('figcaption', {}, brief(values[i])));
  }));
  const least = sorted.subarray(Math.max(extremes, sorted.length - extremes)).reverse();
  box.replaceChildren(row('most', sorted.subarray(0, extremes)), ...(least.length ? [row('least', least)] : []));
});

/** reconstruct draws what the model makes of an image. */
const reconstruct = tried(async (i, canvas) => {
  const run = page.run, info = await json(api(`images/${i}`)), pixels = await decodeAll(Float32Array.from(info.mu), info.class);
  if (run === page.run) put(canvas, pixels, run.width, run.height, run.channels);
});

const brief = v => Math.abs(v) >= 0.01 || v === 0 ? v.toPrecision(3) : v.toExponential(1);
