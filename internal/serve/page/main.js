// The page: what there is, which run is shown, and what is done with what a person presses.

import { recalled } from './address.js';
import { Fault, json } from './api.js';
import { $, options } from './dom.js';
import { clear, encodeAgain, encodeDrawing, openFile } from './drawn.js';
import { find, first, forgetFound, showExtremes } from './find.js';
import { beside, forgive, mapTitles, page, say, scatter, titled, tried } from './page.js';
import { copyCommand, drawPicture, pickEnd, showEnds } from './pictures.js';
import { decode, moveTo, pick, setZ, sliders } from './point.js';
import { forgetGroups, select, selectAgain } from './selected.js';
import { idle } from './sliders.js';
import { showCourse, showSamples } from './training.js';
import { showBeside } from './two.js';
import { backdrop, fetchThumbs, hover, mapName, moved, paint, progress, refused, savePNG, saveSVG, showMap } from './view.js';

scatter.heard = { move: moveTo, hover, pick: (i, shift) => shift ? pickEnd(i) : pick(i), select, moved, thumbs: images => fetchThumbs(images) };
beside.heard = { pick: i => pick(i), select, thumbs: images => fetchThumbs(images, beside) };

async function begin() {
  page.runs = (await json('api/runs')).runs;
  options($('run'), page.runs.map(r => [String(r.number), r.name]), 0);
  $('run').parentElement.hidden = $('besides').hidden = page.runs.length < 2;
  options($('beside'), [['', 'none'], ...page.runs.map(r => [String(r.number), r.name])], '');
  const seen = recalled(page.runs);
  $('run').value = String(seen.run);
  listen();
  await open(seen.run, false, seen);
}

/** open shows a run; again where it is the same one with another model, of which what was chosen stays, or as it was seen. */
async function open(number, again, seen) {
  const run = page.runs[number];
  Object.assign(page, { run, class: again ? page.class : 0, shown: null });
  if (!again) {
    page.picked = [];
    scatter.forget();
    beside.forget();
    $('legend').replaceChildren();
    forgetFound();
    forgetGroups();
  }
  say(run.fault ? new Fault(run.fault) : null, 'run');
  describe(run, again);
  for (const [id, value] of seen?.lists || []) if ([...$(id).options].some(o => o.value === value)) $(id).value = value;
  showEnds();
  if (again && page.z.length === run.latent) decoded();
  else setZ(seen?.z || new Float32Array(run.latent));
  if (seen && seen.image >= 0) pick(seen.image);
  await Promise.all([showMap(again), paint(), showCourse(), showExtremes()]);
  if (again && scatter.chosen.size) selectAgain();
  showSamples();
}

/** decoded tells what another model makes of what is seen. */
function decoded() {
  if (page.at >= 0) pick(page.at);
  else if (page.image) encodeAgain();
  else setZ(page.z);
}

/** describe fills what is to choose from for a run. */
function describe(run, again) {
  document.title = `${run.name} - vae explore`;
  const known = run.latents.length === run.latent && run.latents.every(l => l.kl !== null), used = known ? `, ${run.latents.filter(l => !idle(l)).length} of them used` : '';
  $('about').textContent = `${run.kind}, ${run.likelihood}, ${run.latent} latents${used}, best epoch ${run.epoch}; ${run.images.toLocaleString('en')} ${run.shown}`;
  const maps = Object.entries(mapTitles).filter(([name]) => name !== 'lda' || run.classes.length > 1);
  if (run.latent > 1) maps.push(['z', 'two latents']);
  options($('map'), maps, run.latent === 2 ? 'z' : page.map, again);
  const word = l => `z${l.number}${idle(l) ? ' (unused)' : ''}`, latents = run.latents.map(l => [String(l.number), word(l)]), some = run.latents.map(l => [`z${l.number}`, word(l)]), scores = run.scores.map(s => [s, titled(s)]);
  options($('across'), latents, run.latents[0].number, again);
  options($('up'), latents, run.latents[Math.min(1, run.latents.length - 1)].number, again);
  options($('moved').querySelector('select'), [['', 'those that carry most'], ...latents], '', again);
  options($('color'), [...(run.classes.length ? [['label', 'label']] : []), ...scores, ...some], run.classes.length ? 'label' : run.scores[0], again);
  options($('extreme'), [['', 'choose'], ...scores, ...some], '', again);
  $('class').hidden = run.model.length === 0;
  options($('class').querySelector('select'), run.model.map((c, i) => [String(i), c]), page.class);
  if (again && sliders.count === run.latent) sliders.update(run.latents);
  else showSliders();
}

function showSliders() {
  const { latents, latent } = page.run;
  sliders.show($('order').value === 'KL' ? latents : [...latents].sort((a, b) => a.number - b.number), latent, page.run);
  $('more').hidden = !sliders.more;
  $('more').textContent = `${latents.length - sliders.rows.size} more latents`;
}

/** normal is a draw of N(0, 1) (Box and Muller 1958). */
const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());

/** spreadOf is how far a latent is drawn from 0: by its prior, or where that is not known by its codes. */
function spreadOf(j) {
  const l = page.run.latents.find(l => l.number === j);
  return l ? l.priorSD ?? l.sd : page.run.latents[0].priorSD ?? 0;
}

// ---- news

/** listen hears of what happens in the program while the page is seen: a browser has few connections to one place for all its pages. */
function listen() {
  let events = null, lost = false;
  const connect = () => {
    if (events || document.hidden) return;
    events = new EventSource('api/events');
    events.onopen = () => {
      if (lost) forgive();
      if (lost) page.runs.forEach((_, number) => reload(number));
      lost = false;
    };
    events.onerror = () => {
      lost = true;
      say(new Fault('the program does not answer: is it still running? The page goes on when it does.'), 'news');
      if (events.readyState === EventSource.CLOSED) { // refused, for good as far as the browser is concerned
        events = null;
        setTimeout(connect, 3000);
      }
    };
    events.onmessage = message => heard(JSON.parse(message.data));
  };
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      events?.close();
      events = null;
      lost = true;
    } else connect();
  });
  connect();
}

function heard(e) {
  if (e.what === 'model') reload(e.run);
  if (String(e.run) === $('beside').value && (e.what === 'model' || e.what === 'map' && !e.stage)) showBeside();
  if (!page.run || e.run !== page.run.number) return;
  if (e.what === 'gone') say(new Fault(e.text), 'run');
  if (e.what !== 'map' || e.map !== mapName()) return;
  if (e.stage) return progress(e);
  if (!e.text) return showMap();
  refused(e.map);
  say(new Fault(e.text));
}

/** reload takes up what is true now of a run. */
const reload = tried(async number => {
  const before = page.runs[number].digest, run = page.runs[number] = await json(`api/runs/${number}`);
  if (page.run.number !== number) return;
  if (run.digest !== before) return open(number, true);
  page.run = run;
  say(run.fault ? new Fault(run.fault) : null, 'run');
  if (page.shown !== mapName()) await showMap(true); // it may have been made meanwhile
}, 'reload');

setInterval(() => { if (page.run && !document.hidden) showCourse(); }, 5000); // an epoch that is no better leaves its model, but a row

// ---- what a person presses

const on = (id, name, f) => $(id).addEventListener(name, f);
on('run', 'change', e => open(Number(e.target.value)));
for (const id of ['map', 'across', 'up']) {
  on(id, 'change', showMap);
  on(id, 'change', () => { if ($('kind').value === 'manifold') showEnds(); }); // it is of the latents that the map shows
}
on('beside', 'change', showBeside);
on('backdrop', 'change', backdrop);
on('color', 'change', paint);
on('extreme', 'change', () => showExtremes());
on('find', 'input', find);
on('find', 'keydown', e => {
  if (e.key === 'Enter') first();
  if (e.key === 'Escape') $('found').hidden = true;
});
on('fit', 'click', () => scatter.fit());
on('save', 'click', savePNG);
on('svg', 'click', saveSVG);
on('reset', 'click', () => setZ(sliders.moved(() => 0)));
on('random', 'click', () => setZ(sliders.moved(j => normal() * spreadOf(j))));
on('order', 'change', () => {
  showSliders();
  sliders.set(page.z);
});
on('more', 'click', () => {
  sliders.all();
  sliders.set(page.z);
  $('more').hidden = true;
});
$('class').querySelector('select').addEventListener('change', e => {
  page.class = Number(e.target.value);
  decode();
  sliders.drawRows();
  backdrop();
  showEnds();
  showSamples();
});
on('clear', 'click', clear);
on('file', 'change', e => {
  if (e.target.files[0]) openFile(e.target.files[0]);
  e.target.value = ''; // so that the same file may be opened again
});
on('add', 'click', () => { if (page.at >= 0) pickEnd(page.at); });
on('kind', 'change', showEnds);
on('path', 'change', showEnds);
on('moved', 'change', showEnds);
on('centered', 'change', encodeDrawing);
on('picture', 'click', () => drawPicture());
on('film', 'click', () => drawPicture('gif'));
on('copy', 'click', copyCommand);

const hints = { move: 'Drag to move z, click a point for its code.', pan: 'Drag to move the map.', lasso: 'Draw a loop around images to select them, click beside them to let go.' };
const mode = name => {
  scatter.mode = name;
  $('hint').textContent = hints[name];
  for (const b of document.querySelectorAll('[data-mode]')) b.setAttribute('aria-pressed', String(b.dataset.mode === name));
};
for (const b of document.querySelectorAll('[data-mode]')) b.addEventListener('click', () => mode(b.dataset.mode));
mode('move');
document.addEventListener('keydown', e => {
  if (e.target.matches('input, select, textarea') || e.ctrlKey || e.metaKey || e.altKey) return;
  const name = { m: 'move', p: 'pan', l: 'lasso' }[e.key];
  if (name) mode(name);
  if (e.key === '0' && document.activeElement !== $('canvas')) scatter.fit();
});
document.addEventListener('dragover', e => e.preventDefault());
document.addEventListener('drop', e => {
  e.preventDefault();
  const file = e.dataTransfer.files[0];
  if (file) openFile(file);
});

window.page = { scatter, beside, state: page }; // for tests
begin().catch(say);
