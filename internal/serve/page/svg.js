// The map as an SVG: all its points, by groups of one color, whatever part of it is seen.

import { colors, css, unlabeled } from './colors.js';

const side = 800, edge = 20, wide = 160;
const escaped = text => text.replace(/[<&>"]/g, c => `&#${c.charCodeAt(0)};`).replace(/[\x00-\x1f]/g, ' ');

/** svg is the text of a picture of a map. */
export function svg(scatter, map, of, classes) {
  const [left, right, bottom, top] = scatter.bounds, scale = (side - 2 * edge) / Math.max(right - left || 1, top - bottom || 1);
  const width = 2 * edge + scale * (right - left), height = 2 * edge + scale * (top - bottom), groups = new Map(), tints = scatter.tinted();
  const radius = scatter.n > 20000 ? 0.7 : scatter.n > 3000 ? 1.2 : 2.2;
  for (let i = 0; i < scatter.n; i++) {
    if (!tints[i]) continue; // hidden
    const x = edge + scale * (scatter.places[2 * i] - left), y = edge + scale * (top - scatter.places[2 * i + 1]);
    if (!groups.has(tints[i])) groups.set(tints[i], []);
    groups.get(tints[i]).push(`M${x.toFixed(1)} ${y.toFixed(1)}h0`); // a line of no length with round ends is a point
  }
  const points = [...groups].map(([c, at]) => `<path stroke="${css(c)}"${c >>> 24 < 255 ? ` stroke-opacity="${((c >>> 24) / 255).toFixed(2)}"` : ''} d="${at.join('')}"/>`);
  const names = scatter.classes ? classes.map((name, k) => ['\u25cf', name, css(colors()[k % colors().length])]) : [];
  if (scatter.classes && scatter.values.some(v => v < 0)) names.push(['\u25cf', 'no label', css(unlabeled())]);
  if (!scatter.classes) names.push(['', `${of}: ${scatter.range.map(v => v.toPrecision(3)).join(' dark to ')} light`, '#000']);
  const legend = names.map(([mark, name, color], k) => `<text x="${(width + 8).toFixed(0)}" y="${edge + 14 + 18 * k}"><tspan fill="${color}">${mark}</tspan> ${escaped(name)}</text>`);
  const h = Math.max(height, edge + 18 * names.length + 14);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${(width + wide).toFixed(0)} ${h.toFixed(0)}" font-family="sans-serif" font-size="13">
<title>${escaped(map)} of ${scatter.n} codes, colored by ${escaped(of)}</title>
<rect width="100%" height="100%" fill="#fff"/>
<g fill="none" stroke-width="${2 * radius}" stroke-linecap="round">
${points.join('\n')}
</g>
${legend.join('\n')}
</svg>
`;
}

svg.most = 200_000; // points, some 3 MB
