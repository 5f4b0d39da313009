// What the scores of an image are, where they stand among those of the training images, and what each latent tells of it.

import { $, element } from './dom.js';
import { titled } from './page.js';

const most = 8; // latents that are told of

/** showScores tells the scores of an image, and the KL of its latents; of null that there is none. */
export function showScores(e) {
  $('scores').hidden = !e?.scores;
  if (!e?.scores) return;
  const lines = e.scores.map(s => `${titled(s.name)} ${Math.abs(s.value) < 1e4 ? s.value.toPrecision(4) : Math.round(s.value).toLocaleString('en')}` + (s.percent === null ? '' : `, higher than that of ${s.percent.toFixed(1)} % of the training images`));
  const [summary, box] = $('scores').children;
  summary.textContent = lines[0];
  box.replaceChildren(...lines.slice(1).map(text => element('p', {}, text)));
  if (!e.kl) return;
  const top = e.kl.map((v, j) => [v, j]).sort((a, b) => b[0] - a[0]).slice(0, most), chart = element('div', { className: 'bars', role: 'img' });
  chart.setAttribute('aria-label', 'KL of the latents: ' + top.map(([v, j]) => `z${j} ${v.toFixed(2)}`).join(', '));
  for (const [v, j] of top) {
    const bar = document.createElement('b');
    bar.style.width = `${100 * v / (top[0][0] || 1)}%`;
    chart.append(element('span', {}, `z${j}`), bar, element('span', {}, v.toFixed(2)));
  }
  box.append(element('p', {}, `The latents that tell most of it, of ${e.kl.reduce((a, b) => a + b, 0).toFixed(2)} nats of KL:`), chart);
}
