// How the training of a run has gone so far: losses, what each latent carries, and what the model draws now.

import { address, json } from './api.js';
import { ramp } from './colors.js';
import { curves } from './curves.js';
import { $, element } from './dom.js';
import { api, page, tried } from './page.js';

const most = 24; // latents that are shown
const drawn = 25; // samples

const number = v => v === null ? '' : v.toFixed(2);

export const showCourse = tried(async () => {
  const run = page.run, c = await json(api('course'));
  if (run !== page.run) return;
  const last = c.epochs.length - 1;
  $('training').hidden = last < 0;
  if (last < 0) return;
  $('course').hidden = last < 1;
  curves($('course'), c.epochs, [['train', c.train, '#1f77b4'], ['validation', c.validation, '#ff7f0e']]);
  $('epochs').textContent = `epoch ${c.epochs[last]}: loss ${number(c.train[last])}` + (c.validation[last] === null ? '' : `, validation ${number(c.validation[last])}`) +
    (c.kl[last] === null ? '' : `, KL ${number(c.kl[last])} nats per image`);
  carried(c.carried);
}, 'course');

/** carried draws the KL of each latent, a row each, over the epochs, from nothing to the most that any carries. */
function carried({ top, epochs, latents }) {
  $('carried').hidden = !latents.length;
  $('carries').hidden = !latents.length;
  if (!latents.length) return;
  const last = epochs.length - 1, high = Math.max(...latents.flatMap(l => l.kl), 1e-9);
  $('carries').textContent = `KL of each latent${top ? ' of the uppermost level' : ''} in nats, of validation images, epoch ${epochs[0]} to ${epochs[last]}; the lightest is ${high.toFixed(2)}`;
  $('carried').replaceChildren(...latents.slice(0, most).flatMap(l => {
    const canvas = element('canvas', { width: epochs.length, height: 1, role: 'img' }), c = canvas.getContext('2d'), image = c.createImageData(epochs.length, 1);
    canvas.setAttribute('aria-label', `z${l.number}: ${number(l.kl[0])} in epoch ${epochs[0]}, ${number(l.kl[last])} now`);
    canvas.title = canvas.getAttribute('aria-label');
    new Uint32Array(image.data.buffer).set(l.kl.map(v => ramp(v / high)));
    c.putImageData(image, 0, 0);
    return [element('span', {}, `z${l.number}`), canvas, element('span', {}, number(l.kl[last]))];
  }));
}

let wanted = null; // the samples that were asked for last

/** showSamples draws what the model makes of the same draws of z as before it changed. */
export function showSamples() {
  const run = page.run, src = address(api('picture'), { kind: 'sample', steps: drawn, label: run.model.length ? page.class : undefined, v: run.digest });
  const img = wanted = new Image();
  img.onload = () => { if (img === wanted) $('samples').src = src; };
  img.onerror = () => { if (img === wanted) $('samples').removeAttribute('src'); };
  img.src = src;
}
