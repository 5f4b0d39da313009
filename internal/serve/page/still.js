// A page without a server: map, images and decoder are in the file.

import { Decoder } from './decoder.js';
import { $, element, options } from './dom.js';
import { difference, imageOf, put } from './pixels.js';
import { legend } from './legend.js';
import { Scatter, mostShapes } from './scatter.js';
import { Sliders } from './sliders.js';

const packed = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
const numbers = text => new Float32Array(packed(text).buffer);

const data = JSON.parse($('data').textContent), { run } = data;
const codes = numbers(data.codes), labels = numbers(data.labels), thumbs = packed(data.thumbs), L = run.latent, n = codes.length / L;
const tensors = Object.fromEntries(Object.entries(data.tensors).map(([name, text]) => [name, numbers(text)]));
const decoder = new Decoder(data.decoder, tensors), maps = Object.fromEntries(data.maps.map(m => [m.name, { ...m, places: numbers(m.places) }]));
const size = run.width * run.height * run.channels, still = { z: new Float32Array(L), image: null, class: 0, map: null };

const scatter = new Scatter($('canvas'), {
  move: (x, y) => moveTo(x, y),
  hover: () => {},
  pick: i => pick(i),
  select: () => {},
  moved: () => {},
  thumbs: images => {
    Promise.all(images.map(async i => scatter.keep(i, await createImageBitmap(imageOf(pixels(i), run.width, run.height, run.channels))))).then(() => scatter.draw());
  },
});
const sliders = new Sliders($('sliders'), z => setZ(z), points => {
  const all = new Uint8Array(points.length / L * size);
  for (let k = 0; k < points.length / L; k++) all.set(decoder.decode(input(points.subarray(k * L, (k + 1) * L))), k * size);
  return all;
});

const pixels = i => thumbs.subarray(i * size, (i + 1) * size);

/** input is what the decoder takes: latents, and the label of a conditional model. */
function input(z) {
  if (!run.model.length) return z;
  const places = data.decoder.places, c = run.model.length; // of a map of latents each place has the labels behind its own
  const all = new Float32Array(L + places * c), own = L / places;
  for (let p = 0; p < places; p++) {
    all.set(z.subarray(p * own, (p + 1) * own), p * (own + c));
    all[p * (own + c) + own + still.class] = 1;
  }
  return all;
}

function show() {
  const decoded = decoder.decode(input(still.z));
  put($('decoded'), decoded, run.width, run.height, run.channels);
  $('original').hidden = $('difference').hidden = !still.image;
  if (still.image) {
    put($('original').querySelector('canvas'), still.image, run.width, run.height, run.channels);
    put($('difference').querySelector('canvas'), difference(still.image, decoded), run.width, run.height, run.channels);
  }
}

/** setZ moves z, and the cursor to where it lies. */
function setZ(z, image) {
  still.z = Float32Array.from(z);
  still.image = image || null;
  sliders.set(still.z);
  scatter.cursor = place(still.z);
  scatter.draw();
  show();
  nearest();
}

/** place is where z lies on the map: along its directions, or at the nearest image. */
function place(z) {
  const m = maps[still.map];
  if (m.directions) return [...m.directions.map(d => d.reduce((sum, v, j) => sum + v * (z[j] - m.mean[j]), 0)), 0].slice(0, 2);
  const [i] = closest(z, 1)[0];
  return [m.places[2 * i], m.places[2 * i + 1]];
}

function moveTo(x, y) {
  const m = maps[still.map], z = Float32Array.from(still.z);
  if (m.directions) {
    const at = place(z), off = [x - at[0], y - at[1]];
    for (let j = 0; j < L; j++) if (!sliders.locked.has(j)) z[j] += off[0] * m.directions[0][j] + (m.directions[1] ? off[1] * m.directions[1][j] : 0);
  } else {
    const around = nearestPlaces(m.places, x, y, 10), total = around.reduce((sum, [, d]) => sum + 1 / d, 0);
    for (let j = 0; j < L; j++) if (!sliders.locked.has(j)) z[j] = around.reduce((sum, [i, d]) => sum + codes[i * L + j] / d / total, 0);
  }
  still.z = z;
  still.image = null;
  sliders.set(z);
  scatter.cursor = [x, y];
  scatter.draw();
  show();
  nearest();
}

/** least are the k smallest of n numbers, with their places. */
function least(n, k, of) {
  const best = [];
  for (let i = 0; i < n; i++) {
    const d = of(i);
    if (best.length < k || d < best[best.length - 1][1]) {
      let at = best.length;
      while (at > 0 && best[at - 1][1] > d) at--;
      best.splice(at, 0, [i, d]);
      best.length = Math.min(best.length, k);
    }
  }
  return best;
}

const nearestPlaces = (p, x, y, k) => least(n, k, i => Math.max(1e-9, Math.hypot(p[2 * i] - x, p[2 * i + 1] - y)));
const closest = (z, k) => least(n, k, i => {
  let sum = 0;
  for (let j = 0; j < L; j++) sum += (codes[i * L + j] - z[j]) ** 2;
  return sum;
});

function nearest() {
  const near = closest(still.z, 8).map(([i, d]) => [i, Math.sqrt(d)]);
  $('near').tBodies[0].replaceChildren(...near.map(([i, d]) => {
    const canvas = element('canvas', { tabIndex: 0, role: 'button', title: 'Move z to this image', ariaLabel: data.names[i] });
    put(canvas, pixels(i), run.width, run.height, run.channels);
    canvas.addEventListener('click', () => pick(i));
    canvas.addEventListener('keydown', e => { if (e.key === 'Enter') pick(i); });
    return element('tr', {}, ...[canvas, data.names[i], labels[i] < 0 ? '' : run.classes[labels[i]], d.toFixed(3)].map(c => element('td', {}, c)));
  }));
  const [i, d] = near[0];
  $('where').textContent = `nearest: ${labels[i] < 0 ? data.names[i] : run.classes[labels[i]]}, distance ${d.toFixed(2)}`;
}

function pick(i) {
  if (run.model.length && labels[i] >= 0) {
    still.class = labels[i];
    $('class').querySelector('select').value = String(still.class);
  }
  setZ(codes.subarray(i * L, (i + 1) * L), pixels(i));
}

function showMap() {
  still.map = $('map').value;
  scatter.show(maps[still.map].places);
  setZ(still.z, still.image);
}

function paint() {
  const of = $('color').value;
  scatter.label(run.classes.length ? labels : null);
  scatter.paint(of === 'label' ? labels : Float32Array.from({ length: n }, (_, i) => codes[i * L + Number(of.slice(1))]), of === 'label');
  legend($('legend'), of, run.classes, [scatter], n <= mostShapes);
}

document.title = `${run.name} - vae explore`;
$('about').textContent = `${run.kind}, ${run.likelihood}, ${L} latents, epoch ${run.epoch}; ${n.toLocaleString('en')} ${run.shown}`;
options($('map'), data.maps.map(m => [m.name, m.title]));
options($('color'), [...(run.classes.length ? [['label', 'label']] : []), ...run.latents.slice(0, 32).map(l => [`z${l.number}`, `z${l.number}`])]);
$('class').hidden = !run.model.length;
options($('class').querySelector('select'), run.model.map((c, i) => [String(i), c]));
sliders.show(run.latents, L, run);
$('more').hidden = !sliders.more;
$('map').addEventListener('change', showMap);
$('color').addEventListener('change', paint);
$('fit').addEventListener('click', () => scatter.fit());
$('reset').addEventListener('click', () => setZ(sliders.moved(() => 0)));
$('more').addEventListener('click', () => {
  sliders.all();
  sliders.set(still.z);
  $('more').hidden = true;
});
$('class').querySelector('select').addEventListener('change', e => {
  still.class = Number(e.target.value);
  show();
  sliders.drawRows();
});
for (const b of document.querySelectorAll('[data-mode]')) {
  b.addEventListener('click', () => {
    scatter.mode = b.dataset.mode;
    for (const other of document.querySelectorAll('[data-mode]')) other.setAttribute('aria-pressed', String(other === b));
  });
}
window.still = { scatter, state: still, decoder, input, data, setZ }; // for tests
paint();
showMap();
