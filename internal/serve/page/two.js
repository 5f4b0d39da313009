// Two runs side by side: the same images, so that what is selected in one is in both.

import { Fault, bytes, json, points } from './api.js';
import { $, element } from './dom.js';
import { latest } from './latest.js';
import { beside, mapTitles, page, scatter, tried } from './page.js';

beside.mode = 'lasso';

/** showBeside shows the run that is chosen beside the other, if one is. */
export const showBeside = tried(async () => {
  const number = $('beside').value, two = number !== '' && page.runs[number].pixels === page.run.pixels;
  if (beside.number !== number) {
    beside.number = number;
    beside.forget();
    beside.kept = scatter.kept;
    $('compared').querySelector('tbody').replaceChildren();
  }
  beside.hidden = scatter.hidden;
  if ($('other').hidden === two) setTimeout(() => scatter.fit(), 100); // when the map has its new width
  $('other').hidden = !two;
  $('plot').classList.toggle('two', two);
  $('compared').hidden = $('othername').hidden = !two;
  if (number !== '' && !two) throw new Fault(`${page.runs[number].name} shows other images: no run stands beside another that has not the same`);
  if (!two) return;
  const run = page.run, name = page.map === 'z' ? 'pca' : page.map, path = `api/runs/${number}/`;
  const found = await points(path + 'points', name), places = found.places || (await points(path + 'points', 'pca')).places;
  const of = page.runs[number].scores.includes($('color').value) ? $('color').value : 'label';
  const values = new Float32Array(await bytes(path + 'values', { of }));
  if (run !== page.run || number !== $('beside').value) return;
  beside.show(places);
  beside.label(scatter.labels);
  $('othername').textContent = `${page.runs[number].name}, ${mapTitles[found.places ? name : 'pca']}${found.places ? '' : ' until its own map is made'}`;
  beside.paint(values, of === 'label');
  compare(run, number);
}, 'beside');

/** compare fills the table of what differs in both runs' settings and figures. */
const compare = latest(tried(async (run, number) => {
  const pair = `${run.digest} ${page.runs[number].digest}`, body = $('compared').querySelector('tbody');
  if ($('compared').dataset.of !== pair) body.replaceChildren();
  $('compared').setAttribute('aria-busy', 'true');
  try {
    const rows = await json(`api/runs/${run.number}/compare`, { with: number });
    if (run !== page.run || number !== $('beside').value) return;
    const cell = (text, better) => element('td', {}, ...(better ? [element('strong', {}, text), element('span', { className: 'unseen' }, ' (better)')] : [text]));
    body.replaceChildren(...rows.map(r => element('tr', { className: r.setting ? 'setting' : '' }, cell(r.measure), cell(r.left, r.better === 'left'), cell(r.right, r.better === 'right'))));
    $('compared').dataset.of = pair;
  } finally {
    $('compared').setAttribute('aria-busy', 'false');
  }
}, 'compare'));
