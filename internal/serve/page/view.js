// The map: which one is shown, in which colors, with which images on it, and what is behind it.

import { remember } from './address.js';
import { Fault, bytes, json, points } from './api.js';
import { $, element } from './dom.js';
import { latest } from './latest.js';
import { legend } from './legend.js';
import { api, beside, download, mapTitles, page, scatter, tell, tried } from './page.js';
import { imageOf } from './pixels.js';
import { decodeAll, nearest, source } from './point.js';
import { mostShapes } from './scatter.js';
import { svg } from './svg.js';
import { showBeside } from './two.js';

/** mapName is the map that is chosen, as the server calls it. */
export const mapName = () => $('map').value === 'z' ? `z:${$('across').value},${$('up').value}` : $('map').value;

/** showMap shows the map that is chosen, or the one by PCA until it is made. */
export const showMap = tried(async keep => {
  page.map = $('map').value;
  $('pair').hidden = page.map !== 'z';
  const name = mapName(), run = page.run;
  let found;
  try {
    found = await points(api('points'), name);
  } catch (fault) {
    if (fault instanceof Fault && run === page.run && name === mapName()) refused(name);
    throw fault;
  }
  if (name !== mapName() || run !== page.run) return;
  if (!found.places && (!page.shown || page.shown === name)) {
    const pca = (await points(api('points'), 'pca')).places;
    if (run !== page.run || name !== mapName() || page.shown && page.shown !== name) return;
    lay('pca', pca);
  }
  if (found.places) lay(name, found.places, keep === true);
  progress(found.stage);
});

/** lay shows the places of a map. */
function lay(name, places, keep) {
  page.shown = name;
  Object.assign(scatter, { drawing: null, cursor: null });
  scatter.behind(null);
  scatter.show(places, keep);
  hover(-1);
  nearest(); // puts the cursor where z lies on this map
  moved();
  showBeside();
  remember();
}

/** refused chooses again the map that is seen, where another cannot be made. */
export function refused(name) {
  if (!page.shown || page.shown === name || mapName() !== name) return;
  const [kind, pair] = page.shown.split(':');
  $('map').value = page.map = kind;
  if (pair) [$('across').value, $('up').value] = pair.split(',');
  $('pair').hidden = kind !== 'z';
}

/** progress tells how far a map has come. */
export function progress(e) {
  const made = $('map').selectedOptions[0].textContent;
  $('making').textContent = e && e.stage ? `${page.shown === 'pca' ? 'PCA, until ' : ''}${made} is made: ${e.stage}${e.of ? ' ' + Math.round(100 * e.done / e.of) + ' %' : ''}` : '';
}

/** paint takes the colors that are chosen. */
export const paint = tried(async () => {
  const of = $('color').value, run = page.run;
  if (of !== 'label' && !of.startsWith('z')) tell(`${of} of all images ...`);
  const asked = async what => new Float32Array(await bytes(api('values'), { of: what }));
  const [values, others] = await Promise.all([asked(of), run.classes.length && of !== 'label' ? asked('label') : null]), labels = of === 'label' ? values : others;
  if (of !== $('color').value || run !== page.run) return;
  tell('');
  scatter.label(labels);
  beside.label(labels); // of the same images, where it shows any
  scatter.paint(values, of === 'label');
  legend($('legend'), of, run.classes, [scatter, beside], run.images <= mostShapes);
  showBeside();
  remember();
});

/** moved follows the view of the map. */
export function moved() {
  backdrop();
  const name = page.shown || '';
  $('axes').hidden = !name.startsWith('z:');
  if ($('axes').hidden) return;
  const [across, up] = name.slice(2).split(','), { width, height } = scatter.canvas, [left, top] = scatter.toMap(0, 0), [right, bottom] = scatter.toMap(width, height);
  $('axes').textContent = `across: z${across} from ${left.toFixed(1)} to ${right.toFixed(1)}, up: z${up} from ${bottom.toFixed(1)} to ${top.toFixed(1)}`;
}

/** fetchThumbs fetches images for a map. Those that do not come are asked for again when they are seen again. */
export const fetchThumbs = tried(async (images, on = scatter) => {
  const epoch = on.epoch; // the images of a run are the same for each model
  for (let from = 0; from < images.length; from += 256) {
    const some = images.slice(from, from + 256);
    try {
      const body = new Uint8Array(await bytes(api('thumbs'), { images: some.join(',') })), [width, height, channels] = body, size = width * height * channels;
      const made = await Promise.all(some.map((_, k) => createImageBitmap(imageOf(body.subarray(3 + k * size, 3 + (k + 1) * size), width, height, channels))));
      if (epoch !== on.epoch) return made.forEach(b => b.close());
      some.forEach((i, k) => on.keep(i, made[k]));
    } catch (fault) {
      if (epoch === on.epoch) setTimeout(() => images.slice(from).forEach(i => on.wanted.delete(i)), 2000);
      throw fault;
    }
    on.draw();
  }
}, 'thumbs');

const cells = 16; // to a side

/** backdrop decodes a grid of the two latents that the map shows, z staying what it is in all others. */
export const backdrop = latest(tried(async () => {
  const run = page.run, name = page.shown || '';
  if (!$('backdrop').checked || !name.startsWith('z:')) {
    scatter.behind(null);
    return;
  }
  const [across, up] = name.slice(2).split(',').map(Number), { width, height } = scatter.canvas;
  const [left, top] = scatter.toMap(0, 0), [right, bottom] = scatter.toMap(width, height), all = new Float32Array(cells * cells * run.latent), grid = [];
  for (let i = 0; i < cells; i++) for (let k = 0; k < cells; k++) {
    const cell = { left: left + (right - left) * k / cells, right: left + (right - left) * (k + 1) / cells, top: top - (top - bottom) * i / cells, bottom: top - (top - bottom) * (i + 1) / cells };
    const at = grid.length * run.latent;
    all.set(page.z, at);
    all[at + across] = (cell.left + cell.right) / 2;
    all[at + up] = (cell.top + cell.bottom) / 2;
    grid.push(cell);
  }
  const body = await decodeAll(all), size = run.width * run.height * run.channels;
  const made = await Promise.all(grid.map((_, k) => createImageBitmap(imageOf(body.subarray(k * size, (k + 1) * size), run.width, run.height, run.channels))));
  if (run !== page.run || name !== page.shown) return made.forEach(b => b.close());
  grid.forEach((cell, k) => { cell.bitmap = made[k]; });
  scatter.behind(grid);
}, 'backdrop'));

// ---- the image under the pointer

let hovered = -1;

export function hover(i, e) {
  const tip = $('tip');
  if (i < 0) {
    hovered = -1;
    tip.hidden = true;
    return;
  }
  const box = $('plot').getBoundingClientRect();
  tip.style.left = `${Math.min(e.clientX - box.left + 14, box.width - 180)}px`;
  tip.style.top = `${Math.min(e.clientY - box.top + 14, box.height - 90)}px`;
  if (i === hovered) return;
  hovered = i;
  describe(i);
}

const describe = latest(tried(async i => {
  const info = await json(api(`images/${i}`));
  if (hovered !== i) return;
  const far = Math.hypot(...info.mu.map((m, j) => m - page.z[j]));
  $('tip').replaceChildren(element('img', { src: source(i), alt: '' }), `${info.name}${info.label ? ', label ' + info.label : ''}, ${far.toFixed(2)} from z`);
  $('tip').hidden = false;
}, 'hover'));

// ---- the map as a file

export const savePNG = () => $('canvas').toBlob(b => download(b, 'map.png'));

export const saveSVG = tried(async () => {
  if (!scatter.values || !page.shown) throw new Fault('the map is not there yet');
  if (scatter.n > svg.most) throw new Fault(`an SVG of ${scatter.n.toLocaleString('en')} points is too large: save what is seen of the map as PNG`);
  download(new Blob([svg(scatter, mapTitles[page.shown] || `latents ${page.shown.slice(2)}`, $('color').value, page.run.classes)], { type: 'image/svg+xml' }), 'map.svg');
});

