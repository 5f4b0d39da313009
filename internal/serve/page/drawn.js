// Images that a person draws or brings: where their codes lie, and what the model makes of them.

import { json } from './api.js';
import { $ } from './dom.js';
import { latest } from './latest.js';
import { api, page, scatter, tried } from './page.js';
import { Pad } from './pad.js';
import { fromBase64 } from './pixels.js';
import { setZ } from './point.js';

export const encodeDrawing = latest(tried(async () => {
  const image = pad.image(page.run, $('centered').checked);
  if (image) await encode(image, 'application/octet-stream');
}));
const pad = new Pad($('pad'), $('pen'), encodeDrawing);

let last = null; // what was encoded

async function encode(body, type) {
  const run = page.run, turn = ++page.turn;
  last = [body, type];
  const e = await json(api('encode'), { map: page.shown, label: page.class || undefined, invert: $('invert').checked ? 1 : undefined },
    { method: 'POST', body, headers: { 'Content-Type': type } });
  if (run !== page.run || turn !== page.turn) return;
  scatter.drawing = e.place ? { place: e.place, ellipse: e.ellipse } : null;
  setZ(Float32Array.from(e.mu), { at: -1, image: fromBase64(e.input), scores: e.scores, kl: e.kl });
}

/** encodeAgain encodes anew what was, for another model. */
export const encodeAgain = tried(async () => encode(...last));

export const openFile = tried(async file => encode(await file.arrayBuffer(), file.type || 'image/*'));

export function clear() {
  pad.clear();
  scatter.drawing = null;
  if (page.at < 0 && page.image) setZ(page.z); // which is no image's any more
  scatter.draw();
}
