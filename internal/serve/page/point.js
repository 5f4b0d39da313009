// The point z: what moves it, what it is decoded to, which images are near.

import { address, blob, bytes, json, post } from './api.js';
import { $, element } from './dom.js';
import { latest } from './latest.js';
import { api, page, scatter, tried } from './page.js';
import { difference, put } from './pixels.js';
import { Sliders } from './sliders.js';

const nearby = 8; // images
const nearestEvery = 80; // milliseconds: the point is dragged on meanwhile

export const sliders = new Sliders($('sliders'), z => setZ(z), decodeAll);

const label = () => page.class || undefined;

/** moveTo moves z to a place of the map. */
export function moveTo(x, y) {
  if (page.run.latent < 2) y = 0; // all such maps are a line
  scatter.cursor = [x, y];
  scatter.draw();
  moveZ(x, y);
}

const moveZ = latest(tried(async (x, y) => {
  const run = page.run, turn = ++page.turn, body = await bytes(api('at'), { map: page.shown, x, y, label: label() }, post(page.z));
  if (run !== page.run || turn !== page.turn) return; // a slider was faster
  const z = new Float32Array(body.slice(0, 4 * run.latent));
  if (sliders.locked.size) {
    for (const j of sliders.locked) z[j] = page.z[j];
    setZ(z);
    return;
  }
  Object.assign(page, { z, at: -1, image: null });
  decoded(new Uint8Array(body, 4 * run.latent));
  sliders.set(z);
  nearest(true);
}));

/** setZ moves z, and with it the cursor; of is the image whose code it is, with its bytes, if it is one's. */
export function setZ(z, of) {
  page.turn++;
  Object.assign(page, { z, at: of?.at ?? -1, image: of?.image ?? null });
  sliders.set(z);
  decode();
  nearest();
  if ($('backdrop').checked) scatter.rest();
}

export const decode = latest(tried(async () => {
  const run = page.run, turn = page.turn, body = await bytes(api('decode'), { label: label() }, post(page.z));
  if (run === page.run && turn === page.turn) decoded(new Uint8Array(body));
}));

/** decodeAll decodes points [n, L], as images one behind the other. */
export async function decodeAll(points) {
  return new Uint8Array(await bytes(api('decode'), { label: label() }, post(points)));
}

function decoded(pixels) {
  const { width, height, channels } = page.run;
  put($('decoded'), pixels, width, height, channels);
  $('original').hidden = $('difference').hidden = !page.image;
  $('add').disabled = page.at < 0;
  if (!page.image) return;
  put($('original').querySelector('canvas'), page.image, width, height, channels);
  put($('difference').querySelector('canvas'), difference(page.image, pixels), width, height, channels);
}

/** nearest tells the images near z. placed says that the cursor is where a person has put it. */
export const nearest = latest(tried(async placed => {
  const run = page.run, turn = page.turn, found = await json(api('near'), { map: page.shown, k: nearby }, post(page.z));
  if (run !== page.run || turn !== page.turn) return;
  if (found.place && !placed) {
    scatter.cursor = found.place;
    scatter.draw();
  }
  $('near').tBodies[0].replaceChildren(...found.near.map(n => element('tr', {}, ...[thumbnail(n.image, n.label || n.name), n.name, n.label, n.distance.toFixed(3)].map(c => element('td', {}, c)))));
  const [n] = found.near;
  if (n) $('where').textContent = page.at >= 0 ? `the code of ${n.name}${n.label ? ', ' + n.label : ''}` : `nearest: ${n.label || n.name}, distance ${n.distance.toFixed(2)}`;
}), nearestEvery);

/** thumbnail is an image that z moves to when it is pressed. */
export function thumbnail(i, name) {
  const img = element('img', { src: source(i), alt: name, title: 'Move z to this image', tabIndex: 0, role: 'button' });
  img.addEventListener('click', e => pick(i, e));
  img.addEventListener('keydown', e => { if (e.key === 'Enter') pick(i); });
  return img;
}

/** source is the address of an image. */
export const source = i => address(api(`pixels/${i}`), { v: page.run.digest });

/** pick moves z to the code of an image. */
export const pick = tried(async i => {
  const run = page.run, [info, image] = await Promise.all([json(api(`images/${i}`)), pixelsOf(i)]);
  if (run !== page.run) return;
  if (run.model.length) {
    page.class = info.class;
    $('class').querySelector('select').value = String(info.class);
  }
  setZ(Float32Array.from(info.mu), { at: i, image });
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
