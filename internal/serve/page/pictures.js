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

/** showEnds shows the ends of a path, and what is missing. */
export function showEnds() {
  scatter.ends = page.picked;
  $('ends').replaceChildren(...page.picked.map((i, k) => {
    const name = String.fromCharCode(65 + k), drop = button('\u00d7', () => pickEnd(i), { title: `Take ${name} away` });
    drop.setAttribute('aria-label', drop.title);
    return element('span', { className: 'end' }, `${name} `, thumbnail(i, `end ${name}`), drop);
  }));
  const kind = $('kind').value, n = page.picked.length;
  $('need').textContent = kind !== 'interpolate' ? (n && kind !== 'sample' ? 'It departs from A.' : '') :
    ['A path needs two images: click one on the map and press "Add to path", or Shift-click two.', 'One image more: the path leads from A to it.', '', 'One image more, or one less: a palette is between four.', ''][n];
  $('path').hidden = kind !== 'interpolate';
  $('moved').hidden = kind !== 'traverse';
  $('film').hidden = kind !== 'interpolate' && kind !== 'traverse';
  $('picture').disabled = $('film').disabled = $('copy').disabled = kind === 'interpolate' && n !== 2 && n !== 4;
  scatter.draw();
}

function pictured(format) {
  const kind = $('kind').value, images = { interpolate: page.picked, sample: [] }[kind] || page.picked.slice(0, 1);
  const latents = kind === 'manifold' && $('map').value === 'z' ? `${$('across').value},${$('up').value}` : kind === 'traverse' ? $('moved').querySelector('select').value : undefined;
  return { kind, images: images.join(','), format, path: kind === 'interpolate' ? $('path').querySelector('select').value : undefined, label: page.run.model.length ? page.class : undefined, latents };
}

export const drawPicture = tried(async format => {
  const wanted = pictured(format), content = await blob(api('picture'), wanted), img = element('img', { alt: $('kind').selectedOptions[0].textContent, src: URL.createObjectURL(content) });
  clearStrip();
  $('strip').append(element('a', { href: img.src, download: `${wanted.kind}.${format || 'png'}`, title: 'Save this picture' }, img));
});

/** clearStrip forgets the picture that was drawn. */
export function clearStrip() {
  const old = $('strip').querySelector('img');
  if (old) URL.revokeObjectURL(old.src);
  $('strip').replaceChildren();
  $('line').textContent = '';
}

export const copyCommand = tried(async () => {
  $('line').textContent = await text(api('picture'), { ...pictured(), as: 'command' });
  await navigator.clipboard?.writeText($('line').textContent).catch(() => {});
});
