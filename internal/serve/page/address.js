// The address of the page says what is seen: it can be kept, sent, and gone back to.

import { $ } from './dom.js';
import { page } from './page.js';

const lists = ['map', 'across', 'up', 'color'];
const most = 64; // latents whose z is part of it

/** remember writes down what is seen; soon, for it changes often. */
export function remember() {
  clearTimeout(remember.soon);
  remember.soon = setTimeout(() => {
    if (!page.run) return;
    const seen = new URLSearchParams({ run: page.run.number });
    for (const id of lists) if (id === 'map' || id === 'color' || $('map').value === 'z') seen.set(id, $(id).value);
    if (page.at >= 0) seen.set('image', page.at);
    else if (page.z.length <= most && page.z.some(v => v !== 0)) seen.set('z', Array.from(page.z, v => Number(v.toFixed(3))).join(','));
    history.replaceState(null, '', `${location.pathname}${location.search}#${seen}`);
  }, 300);
}

/** recalled is what the address says: the number of a run, values of lists, an image or z; what makes no sense is left out. */
export function recalled(runs) {
  const said = new URLSearchParams(location.hash.slice(1)), run = runs[Number(said.get('run'))] || runs[0];
  const image = /^\d+$/.test(said.get('image') || '') && Number(said.get('image')) < run.images ? Number(said.get('image')) : -1;
  const z = (said.get('z') || '').split(',').map(Number);
  return { run: run.number, lists: lists.filter(id => said.has(id)).map(id => [id, said.get(id)]), image, z: z.length === run.latent && z.every(v => Math.abs(v) < 1e5) ? Float32Array.from(z) : null };
}
