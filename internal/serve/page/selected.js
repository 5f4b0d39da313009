// Images that are selected: what they have in common, and the way from some to others.

import { blob, json, post } from './api.js';
import { $, button, element } from './dom.js';
import { api, beside, download, page, scatter, tried } from './page.js';
import { fromBase64, put } from './pixels.js';
import { setZ, thumbnail } from './point.js';
import { Chosen } from './scatter.js';
import { idle } from './sliders.js';

const examples = 12; // images that are shown

const line = (...content) => element('p', {}, ...content);

/** select takes images, by their numbers; none for no selection. */
export const select = tried(async (images, again) => {
  scatter.chosen = beside.chosen = new Chosen(images);
  scatter.repaint();
  beside.repaint();
  $('selection').hidden = !images.length;
  if (!images.length) return;
  const run = page.run, chosen = scatter.chosen, ids = Uint32Array.from(images), found = await json(api('selection'), {}, post(ids));
  if (run !== page.run || chosen !== scatter.chosen) return;
  const canvas = element('canvas', { className: 'mean', role: 'img' }), labels = found.labels.filter(l => l.label);
  put(canvas, fromBase64(found.image), run.width, run.height, run.channels);
  const file = as => button(as.toUpperCase(), tried(async () => download(await blob(api(`selection/${as}`), {}, post(ids)), `selection.${as}`)), { title: as === 'csv' ? 'Save names and labels' : 'Save codes' });
  const used = found.differs.filter(d => !run.latents.some(l => l.number === d.latent && idle(l)));
  const every = Math.max(1, Math.ceil(ids.length / examples)), few = [...ids].filter((_, k) => k % every === 0);
  $('chosen').replaceChildren(
    line(`${found.count.toLocaleString('en')} images` + (labels.length ? `, of them ${labels.slice(0, 6).map(l => `${l.count.toLocaleString('en')} with the label ${l.label}`).join(', ')}${labels.length > 6 ? ' and others' : ''}` : '')),
    element('div', { className: 'both' }, element('figure', {}, canvas, element('figcaption', {}, 'mean image')), element('div', { className: 'some' }, ...few.map(i => thumbnail(i, `image ${i}`)))),
    line('Their mean differs most from that of all images, in standard deviations of all, in ', used.slice(0, 6).map(d => `z${d.latent} ${d.by > 0 ? '+' : ''}${d.by.toFixed(2)}`).join(', ')),
    line(button('Move z to their mean code', () => setZ(Float32Array.from(found.mean))), ' ', file('csv'), ' ', file('npy')),
    group(ids),
  );
  if (!again) $('side').scrollTop = 0;
});

/** group keeps a selection as the one that a direction departs from, or goes from that one to this. */
function group(ids) {
  const row = line(button('Keep as first group', () => {
    page.first = ids;
    for (const map of [scatter, beside]) {
      map.kept = new Chosen(ids);
      map.repaint();
    }
    row.replaceChildren('Kept as first group, black on the map. Select others: there is a direction from these to those.');
  }));
  if (!page.first) return row;
  row.append(' ', button(`Direction from the first group (${page.first.length.toLocaleString('en')}) to these`, tried(async () => {
    const run = page.run, first = page.first, both = new Uint32Array(first.length + ids.length);
    both.set(first);
    both.set(ids, first.length);
    const [d, a] = await Promise.all([json(api('direction'), { first: first.length }, post(both)), json(api('selection'), {}, post(first))]);
    if (run === page.run) showDirection(d, a.mean);
  })));
  return row;
}

/** showDirection shows how sure a direction is, with a slider that goes along it from the mean of its first group, or from where z is. */
function showDirection(d, mean) {
  const slider = element('input', { id: 'strength', type: 'range', min: -1, max: 2, step: 0.02, value: 0 }), value = element('output'), start = element('select', {}, new Option('the mean of the first group', 'a'), new Option('where z is', 'z'));
  let from = Float32Array.from(mean);
  const go = () => {
    value.textContent = Number(slider.value).toFixed(2);
    setZ(from.map((v, j) => v + slider.value * d.vector[j]));
  };
  slider.addEventListener('input', go);
  start.addEventListener('change', () => {
    from = Float32Array.from(start.value === 'a' ? mean : page.z);
    slider.value = 0;
    go();
  });
  const sure = (d.auroc === null ? '' : `It tells the groups apart in ${(100 * d.auroc).toFixed(1)} % of pairs of images that it was not made from (AUROC; by chance 50 %). `) +
    `Its length is ${d.length.toFixed(2)}` + (d.error === null ? '.' : `; between groups drawn at random about ${d.error.toFixed(2)}.`);
  const marks = element('datalist', { id: 'marks' }, element('option', { value: 0, label: 'first group' }), element('option', { value: 1, label: 'second' }));
  slider.setAttribute('list', 'marks');
  $('direction').replaceChildren(line(`Direction from ${d.from.toLocaleString('en')} images to ${d.to.toLocaleString('en')}. ${sure}`),
    element('label', {}, 'along it, the first group at 0, the second at 1: ', slider, marks, value), line(element('label', {}, 'from ', start), ' ', button('Forget the first group', forgetFirst)));
  go();
}

/** selectAgain tells of the same images by another model. */
export function selectAgain() {
  $('direction').replaceChildren();
  select(scatter.chosen.images, true);
}

/** forgetFirst forgets the group that a direction departs from. */
function forgetFirst() {
  page.first = null;
  for (const map of [scatter, beside]) {
    map.kept = null;
    map.repaint();
  }
  $('direction').replaceChildren();
  select(scatter.chosen.images, true);
}

/** forgetGroups forgets what was selected, for another run. */
export function forgetGroups() {
  page.first = null;
  scatter.kept = beside.kept = null;
  $('direction').replaceChildren();
  select([]);
}
