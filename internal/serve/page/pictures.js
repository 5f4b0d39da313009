// Pictures that the program's own commands draw, and the commands.

import { blob, text } from './api.js';
import { $, button, element } from './dom.js';
import { api, page, scatter, tried } from './page.js';
import { thumbnail } from './point.js';

const mostEnds = 4;

/** pickEnd makes an image an end of a path, or no end any more. */
export function pickEnd(i) {
  const at = page.picked.indexOf(i);
  if (at >= 0) page.picked.splice(at, 1);
  else page.picked = [...page.picked.slice(1 - mostEnds), i];
  showEnds();
}

/** showEnds shows the ends of a path, and what is missing. What was made of others goes. */
export function showEnds() {
  clearStrip();
  scatter.ends = page.picked;
  $('ends').replaceChildren(...page.picked.map((i, k) => {
    const name = String.fromCharCode(65 + k), drop = button('\u00d7', () => pickEnd(i), { title: `Take ${name} away` });
    drop.setAttribute('aria-label', drop.title);
    return element('span', { className: 'end' }, `${name} `, thumbnail(i, `end ${name}`), drop);
  }));
  const kind = $('kind').value, n = page.picked.length;
  $('need').textContent = kind !== 'interpolate' ? (n && kind !== 'sample' ? 'It departs from A.' : '') :
    ['A path needs two images: click one on the map, press "Add to path" above, and again with another.', 'One image more: the path leads from A to it.', '', 'One image more, or one less: a palette is between four.', ''][n];
  const by = $('path').querySelector('select'), graph = by.querySelector('[value=graph]');
  graph.disabled = n === mostEnds; // a palette has no way of other images
  if (graph.disabled && graph.selected) by.value = 'straight';
  $('path').hidden = kind !== 'interpolate';
  $('moved').hidden = kind !== 'traverse';
  $('film').hidden = kind !== 'interpolate' && kind !== 'traverse';
  $('picture').disabled = $('film').disabled = $('copy').disabled = kind === 'interpolate' && n !== 2 && n !== 4;
  scatter.draw();
}

function pictured() {
  const kind = $('kind').value, images = { interpolate: page.picked, sample: [] }[kind] || page.picked.slice(0, 1);
  const latents = kind === 'manifold' && $('map').value === 'z' ? `${$('across').value},${$('up').value}` : kind === 'traverse' ? $('moved').querySelector('select').value : undefined;
  return { kind, images: images.join(','), format: page.format, path: kind === 'interpolate' ? $('path').querySelector('select').value : undefined, label: page.run.model.length ? page.class : undefined, latents,
    seed: kind === 'sample' ? page.seed : undefined };
}

/** drawPicture shows a picture, or with the format gif a film; of samples others each time. */
export const drawPicture = tried(async (format = '') => {
  page.format = format;
  if ($('kind').value === 'sample' && $('strip').firstChild) page.seed++;
  const run = page.run, wanted = pictured(), content = await blob(api('picture'), wanted);
  if (run !== page.run || JSON.stringify(wanted) !== JSON.stringify(pictured())) return;
  clearStrip();
  page.format = format;
  const src = URL.createObjectURL(content), name = `${wanted.kind}.${format || 'png'}`;
  $('strip').append(element('a', { href: src, target: '_blank', title: 'Open in its full size' }, element('img', { alt: $('kind').selectedOptions[0].textContent, src })), element('p', {}, element('a', { href: src, download: name }, `Save ${name}`), ' ', element('a', { href: src, target: '_blank' }, 'Open in its full size')));
});

/** clearStrip forgets the picture that was made. */
function clearStrip() {
  const old = $('strip').querySelector('img');
  if (old) URL.revokeObjectURL(old.src);
  $('strip').replaceChildren();
  $('line').textContent = $('copied').textContent = page.format = '';
}

/** copyCommand copies the line that makes the picture that is seen, or would be. */
export const copyCommand = tried(async () => {
  const run = page.run, wanted = pictured(), line = await text(api('picture'), { ...wanted, as: 'command' });
  if (run !== page.run || JSON.stringify(wanted) !== JSON.stringify(pictured())) return;
  $('line').textContent = line;
  const copied = await navigator.clipboard?.writeText(line).then(() => true, () => false);
  $('copied').textContent = `${copied ? 'Copied. ' : ''}Run it in the folder in which vae explore was started.`;
});
