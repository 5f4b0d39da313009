// Images that are selected: what they have in common, and the way from some to others.

import { blob, json, post } from './api.js';
import { $, button, element } from './dom.js';
import { api, beside, download, page, scatter, tried } from './page.js';
import { fromBase64, put } from './pixels.js';
import { setZ } from './point.js';
import { Chosen } from './scatter.js';

const line = (...content) => element('p', {}, ...content);

/** select takes images, by their numbers; none for no selection. */
export const select = tried(async images => {
  scatter.chosen = beside.chosen = new Chosen(images);
  scatter.repaint();
  beside.repaint();
  if (!images.length) {
    $('chosen').replaceChildren(line('Press "Select" and draw around images.'));
    return;
  }
  const run = page.run, ids = Uint32Array.from(images), found = await json(api('selection'), {}, post(ids));
  if (run !== page.run) return;
  const canvas = element('canvas', { className: 'mean', role: 'img', title: 'the mean of the images' });
  put(canvas, fromBase64(found.image), run.width, run.height, run.channels);
  const file = as => button(as.toUpperCase(), tried(async () => download(await blob(api(`selection/${as}`), {}, post(ids)), `selection.${as}`)), { title: as === 'csv' ? 'Names and labels' : 'Codes' });
  $('chosen').replaceChildren(
    line(`${found.count.toLocaleString('en')} images: `, found.labels.slice(0, 6).map(l => `${l.label || 'no label'} ${l.count}`).join(', ')),
    canvas,
    line('latents that differ most, in standard deviations: ', found.differs.slice(0, 6).map(d => `z${d.latent} ${d.by > 0 ? '+' : ''}${d.by.toFixed(2)}`).join(', ')),
    line(button('Move z to the mean', () => setZ(Float32Array.from(found.mean))), ' ', file('csv'), ' ', file('npy')),
    attribute(ids),
  );
});

/** attribute keeps a selection as the one that a direction departs from, or goes from that one to this. */
function attribute(ids) {
  const keep = button('Keep as first', () => {
    page.first = ids;
    keep.replaceWith('Kept: select others, and go from these to those.');
  });
  const row = line(keep);
  if (!page.first) return row;
  row.append(' ', button(`From the first (${page.first.length}) to these`, tried(async () => {
    const both = new Uint32Array(page.first.length + ids.length);
    both.set(page.first);
    both.set(ids, page.first.length);
    showDirection(await json(api('direction'), { first: page.first.length }, post(both)), row);
  })));
  return row;
}

/** showDirection shows how sure a direction is, with a slider that goes along it from where z is. */
function showDirection(d, after) {
  const slider = element('input', { id: 'strength', type: 'range', min: -2, max: 2, step: 0.02, value: 0 }), from = Float32Array.from(page.z);
  const words = `direction from ${d.from} images to ${d.to}: length ${d.length.toFixed(2)}` +
    (d.error === null ? '' : `, by chance ${d.error.toFixed(2)}`) + (d.auroc === null ? '' : `; it tells held-out codes apart with an AUROC of ${d.auroc.toFixed(3)}`);
  slider.addEventListener('input', () => setZ(from.map((v, j) => v + slider.value * d.vector[j])));
  $('direction')?.remove();
  after.after(element('div', { id: 'direction' }, line(words), element('label', {}, 'strength ', slider)));
}
