// The point z: what moves it, what it is decoded to, which images are near.

import { remember } from './address.js';
import { address, blob, bytes, json, post } from './api.js';
import { $, button, element } from './dom.js';
import { latest } from './latest.js';
import { api, page, say, scatter, tried } from './page.js';
import { difference, put } from './pixels.js';
import { showScores } from './scores.js';
import { Sliders } from './sliders.js';

const nearby = 8; // images
const nearestEvery = 80; // milliseconds: the point is dragged on meanwhile

export const sliders = new Sliders($('sliders'), z => setZ(z), tried(points => decodeAll(points), 'strips'));

/** moveTo moves z to a place of the map, but no farther than what is seen, or half the map beyond its points. */
export function moveTo(x, y) {
  if (!page.shown) return; // no map yet
  const [left, right, bottom, top] = scatter.bounds, wide = (right - left) / 2, high = (top - bottom) / 2, { width, height } = scatter.canvas;
  const [seenLeft, seenTop] = scatter.toMap(0, 0), [seenRight, seenBottom] = scatter.toMap(width, height);
  x = Math.max(Math.min(seenLeft, left - wide), Math.min(Math.max(seenRight, right + wide), x));
  y = page.run.latent < 2 ? 0 : Math.max(Math.min(seenBottom, bottom - high), Math.min(Math.max(seenTop, top + high), y)); // maps of one latent are a line
  scatter.cursor = [x, y];
  scatter.draw();
  moveZ(x, y, ++page.turn);
}

const moveZ = latest(tried(async (x, y, turn) => {
  if (turn !== page.turn) return;
  const run = page.run, body = await answered(bytes(api('at'), { map: page.shown, x, y, label: page.class || undefined }, post(page.z)));
  if (run !== page.run || turn !== page.turn) return; // a slider was faster
  const z = new Float32Array(body.slice(0, 4 * run.latent));
  if (sliders.locked.size) {
    for (const j of sliders.locked) z[j] = page.z[j];
    setZ(z);
    return;
  }
  become(z);
  decoded(new Uint8Array(body, 4 * run.latent));
  sliders.set(z);
  nearest(true);
  remember();
}));

/** setZ moves z, and with it the cursor; of is the image whose code it is, with its bytes and scores, if it is one's. */
export function setZ(z, of) {
  page.turn++;
  say(null); // what a person did before went wrong, and this has not
  become(z, of);
  sliders.set(z);
  decode();
  nearest();
  if ($('backdrop').checked) scatter.rest();
  remember();
}

/** become takes another z, and forgets the image of the one before. */
function become(z, of) {
  Object.assign(page, { z, at: of?.at ?? -1, image: of?.image ?? null });
  scatter.heard.hover?.(-1);
  showScores(of);
  $('original').hidden = $('difference').hidden = !page.image;
  $('decoded').nextElementSibling.textContent = page.image ? 'reconstruction' : 'decoded';
  $('add').disabled = page.at < 0;
  $('add').title = page.at < 0 ? 'Only images of the set can be ends of a path, which commands find by name: z is the code of none' : 'Make the image whose code z is an end of a path';
}

/** answered marks what is seen as old where there is no answer. */
async function answered(asked) {
  try {
    const answer = await asked;
    $('pictures').classList.remove('stale');
    return answer;
  } catch (fault) {
    $('pictures').classList.add('stale');
    throw fault;
  }
}

export const decode = latest(tried(async () => {
  const run = page.run, turn = page.turn, body = await answered(decodeAll(page.z));
  if (run === page.run && turn === page.turn) decoded(body);
}, 'decode'));

/** decodeAll decodes points [n, L], as images one behind the other; of a class of a conditional model. */
export async function decodeAll(points, label = page.class) {
  return new Uint8Array(await bytes(api('decode'), { label: label || undefined }, post(points)));
}

function decoded(pixels) {
  const { width, height, channels } = page.run;
  put($('decoded'), pixels, width, height, channels);
  if (!page.image) return;
  put($('original').querySelector('canvas'), page.image, width, height, channels);
  put($('difference').querySelector('canvas'), difference(page.image, pixels), width, height, channels);
}

/** nearest tells the images near z. placed says that the cursor is where a person has put it. */
export const nearest = latest(tried(async placed => {
  const run = page.run, turn = page.turn, found = await json(api('near'), { map: page.shown, k: nearby }, post(page.z));
  if (run !== page.run) return; // of a z that is dragged on those near it a moment ago will do
  if (found.place && !placed && turn === page.turn) {
    scatter.cursor = found.place;
    scatter.draw();
  }
  const body = $('near').tBodies[0], at = [...body.querySelectorAll('button')].indexOf(document.activeElement);
  body.replaceChildren(...found.near.map(n => element('tr', {}, ...[thumbnail(n.image, n.label || n.name), n.name, n.label, n.distance.toFixed(3)].map(c => element('td', {}, c)))));
  if (at >= 0) body.querySelectorAll('button')[at]?.focus();
  if (found.near.length) $('where').textContent = where(found.near);
  clearTimeout(nearest.rest);
  nearest.rest = setTimeout(() => { $('said').textContent = $('where').textContent; }, 700); // read aloud when z rests
}, 'near'), nearestEvery);

/** where tells which image's code z is, or what most of those near it are, and whether it is far from all. */
function where(near) {
  const [n] = near, counts = new Map(), far = page.run.latents.some(l => Math.abs(page.z[l.number] - l.mean) > 1.5 * Math.max(Math.abs(l.high - l.mean), Math.abs(l.mean - l.low), 3 * (l.priorSD || 0)));
  if (page.at >= 0 && n.distance === 0) return `the code of image ${n.name}${n.label ? ', label ' + n.label : ''}`;
  for (const { label } of near) counts.set(label, (counts.get(label) || 0) + 1);
  const [label, count] = [...counts].sort((a, b) => b[1] - a[1])[0];
  return (label ? `${count} of the ${near.length} nearest images are ${label}; the nearest, ${n.label || n.name}, is` : `the nearest image, ${n.name}, is`) + ` at a distance of ${n.distance.toFixed(2)}` + (far ? '; farther out than codes and prior are' : '');
}

/** thumbnail is an image that z moves to when it is pressed. */
export const thumbnail = (i, name) => button(element('img', { src: source(i), alt: name }), () => pick(i), { className: 'thumb', title: 'Move z to this image' });

/** source is the address of an image. */
export const source = i => address(api(`pixels/${i}`), { v: page.run.digest });

/** pick moves z to the code of an image. */
export const pick = tried(async i => {
  const run = page.run, turn = ++page.turn, [info, image] = await Promise.all([json(api(`images/${i}`), { scores: 1 }), pixelsOf(i)]);
  if (run !== page.run || turn !== page.turn) return;
  if (run.model.length) {
    page.class = info.class;
    $('class').querySelector('select').value = String(info.class);
  }
  setZ(Float32Array.from(info.mu), { at: i, image, scores: info.scores, kl: info.kl });
});

/** pixelsOf are the bytes of an image. */
async function pixelsOf(i) {
  const { width, height, channels } = page.run;
  const bitmap = await createImageBitmap(await blob(api(`pixels/${i}`), { v: page.run.digest }), { colorSpaceConversion: 'none' });
  const context = new OffscreenCanvas(width, height).getContext('2d');
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const data = context.getImageData(0, 0, width, height).data, out = new Uint8Array(width * height * channels);
  for (let p = 0; p < width * height; p++) for (let c = 0; c < channels; c++) out[p * channels + c] = data[4 * p + c];
  return out;
}
