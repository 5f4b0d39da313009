// The page: which run, map and colors are shown, and what follows when the point z moves.

import { Fault, address, blob, bytes, json, latest, points, post, text } from './api.js';
import { curves } from './curves.js';
import { Pad } from './pad.js';
import { difference, fromBase64, imageOf, put } from './pixels.js';
import { legend } from './legend.js';
import { Scatter } from './scatter.js';
import { Sliders } from './sliders.js';

const $ = id => document.getElementById(id);
const page = { runs: [], run: null, map: 'pca', z: null, class: 0, image: null, picked: [], turn: 0, first: null };

const api = path => `api/runs/${page.run.number}/${path}`;

/** say tells of a fault until the next thing goes right. */
function say(fault) {
  if (fault && fault.name === 'AbortError') return;
  $('state').textContent = fault ? fault.message : '';
  $('state').classList.toggle('fault', Boolean(fault));
  if (fault && !(fault instanceof Fault)) throw fault;
}

const tried = work => async (...args) => {
  try {
    const result = await work(...args);
    if ($('state').classList.contains('fault')) say(null);
    return result;
  } catch (fault) {
    say(fault);
  }
};

const options = (select, all, chosen) => {
  select.replaceChildren(...all.map(([value, name]) => new Option(name, value, false, value === String(chosen))));
};

const scatter = new Scatter($('canvas'), {
  move: (x, y) => moveTo(x, y),
  hover: (i, e) => hover(i, e),
  pick: (i, shift) => shift ? pickEnd(i) : pick(i),
  select: images => select(images),
  moved: () => backdrop(),
  thumbs: images => fetchThumbs(images),
});
const sliders = new Sliders($('sliders'), z => setZ(z));
const pad = new Pad($('pad'), () => encodeDrawing());

// ---- what is shown

async function begin() {
  const all = await json('api/runs');
  page.runs = all.runs;
  options($('run'), page.runs.map(r => [String(r.number), r.name]), 0);
  $('run').parentElement.hidden = $('besides').hidden = page.runs.length < 2;
  options($('beside'), [['', 'none'], ...page.runs.map(r => [String(r.number), r.name])], '');
  listen();
  await open(0);
}

/** open shows a run; again where it is the same one with another model, of which what was chosen stays. */
async function open(number, again) {
  const run = page.runs[number], chosen = again ? ['across', 'up', 'color'].map(id => [$(id), $(id).value]) : [], z = again && page.z.length === run.latent ? page.z : new Float32Array(run.latent);
  if (again) page.map = $('map').value;
  Object.assign(page, { run, z, class: again ? page.class : 0, image: null, shown: null });
  if (!again) {
    Object.assign(page, { picked: [], first: null });
    for (const id of ['encoded', 'strip', 'line']) $(id).replaceChildren();
    Object.assign(scatter, { cursor: null, drawing: null, backdrop: null });
    scatter.show(new Float32Array(0));
  }
  document.title = `${run.name} - vae explore`;
  $('about').textContent = `${run.kind}, ${run.likelihood}, ${run.latent} latents, epoch ${run.epoch}; ${run.images.toLocaleString('en')} images of ${run.dataset}`;
  const maps = [['pca', 'PCA'], ['tsne', 't-SNE'], ['umap', 'UMAP']];
  if (run.classes.length > 1) maps.splice(1, 0, ['lda', 'LDA']);
  maps.push(['z', 'two latents']);
  if (run.latent < 2) maps.pop();
  if (!again && run.latent === 2) page.map = 'z';
  options($('map'), maps, page.map);
  const latents = [...run.latents].map(l => [String(l.number), `z${l.number}`]);
  options($('across'), latents, run.latents[0].number);
  options($('up'), latents, run.latents[Math.min(1, run.latents.length - 1)].number);
  const by = run.scores.map(s => [s, s]);
  if (run.classes.length) by.unshift(['label', 'label']);
  options($('color'), [...by, ...run.latents.slice(0, 32).map(l => [`z${l.number}`, `z${l.number}`])], run.classes.length ? 'label' : by[0][0]);
  $('class').hidden = run.model.length === 0;
  options($('class').querySelector('select'), run.model.map((c, i) => [String(i), c]), 0);
  sliders.show(run.latents, run.latent);
  $('more').hidden = !sliders.more;
  for (const [select, value] of chosen) if ([...select.options].some(o => o.value === value)) select.value = value;
  if (!again) {
    scatter.thumbs.clear();
    scatter.wanted.clear();
    scatter.hidden.clear();
    select([]);
  }
  showEnds();
  setZ(z);
  await Promise.all([showMap(again), paint(), showCourse()]);
  if (run.fault) say(new Fault(run.fault));
}

const mapName = () => $('map').value === 'z' ? `z:${$('across').value},${$('up').value}` : $('map').value;

/** showMap shows the map that is chosen, or the one by PCA until it is made. */
const showMap = tried(async keep => {
  page.map = $('map').value;
  $('pair').hidden = page.map !== 'z';
  const name = mapName(), run = page.run;
  const found = await points(api('points'), name);
  if (name !== mapName() || run !== page.run) return;
  if (found.places) {
    progress(null);
    page.shown = name;
    scatter.drawing = null;
    scatter.backdrop = null;
    scatter.show(found.places, keep === true);
    follow();
    backdrop();
    if ($('beside').value !== '') showBeside();
    return;
  }
  progress(found.stage);
  if (!page.shown || page.shown === name) {
    const pca = (await points(api('points'), 'pca')).places;
    if (run !== page.run || page.shown && page.shown !== name) return;
    page.shown = 'pca';
    scatter.show(pca);
  }
});

/** progress tells how far a map has come. */
function progress(e) {
  if ($('state').classList.contains('fault')) return;
  $('state').textContent = !e || !e.stage ? '' : `${e.map}: ${e.stage}${e.of ? ' ' + Math.round(100 * e.done / e.of) + ' %' : ''}`;
}

const paint = tried(async () => {
  const of = $('color').value, run = page.run;
  if (of !== 'label' && !of.startsWith('z')) $('state').textContent = `${of} of all images ...`;
  const values = new Float32Array(await bytes(api('values'), { of }));
  if (of !== $('color').value || run !== page.run) return;
  if (!$('state').classList.contains('fault')) $('state').textContent = '';
  scatter.hidden.clear();
  beside.hidden.clear();
  scatter.paint(values, of === 'label');
  legend($('legend'), of, page.run.classes, [scatter, beside]);
  if ($('beside').value !== '') showBeside();
});

const fetchThumbs = tried(async (images, on = scatter) => {
  const run = page.run;
  for (let from = 0; from < images.length; from += 256) {
    const some = images.slice(from, from + 256), body = new Uint8Array(await bytes(api('thumbs'), { images: some.join(',') }));
    if (run !== page.run) return;
    const [width, height, channels] = body, size = width * height * channels;
    await Promise.all(some.map(async (i, k) => {
      on.thumbs.set(i, await createImageBitmap(imageOf(body.subarray(3 + k * size, 3 + (k + 1) * size), width, height, channels)));
    }));
    on.draw();
  }
});

/** backdrop decodes a grid of the two latents that the map shows, z staying what it is in all others. */
const backdrop = tried(async () => {
  scatter.backdrop = null;
  const run = page.run, name = page.shown || '';
  if (!$('backdrop').checked || !name.startsWith('z:')) return scatter.draw();
  const [across, up] = name.slice(2).split(',').map(Number), side = 16, { width, height } = scatter.canvas;
  const [left, top] = scatter.toMap(0, 0), [right, bottom] = scatter.toMap(width, height), all = new Float32Array(side * side * run.latent), cells = [];
  for (let i = 0; i < side; i++) for (let k = 0; k < side; k++) {
    const cell = { left: left + (right - left) * k / side, right: left + (right - left) * (k + 1) / side, top: top - (top - bottom) * i / side, bottom: top - (top - bottom) * (i + 1) / side };
    const at = cells.length * run.latent;
    all.set(page.z, at);
    all[at + across] = (cell.left + cell.right) / 2;
    all[at + up] = (cell.top + cell.bottom) / 2;
    cells.push(cell);
  }
  const body = new Uint8Array(await bytes(api('decode'), { label: page.class || undefined }, post(all))), size = run.width * run.height * run.channels;
  if (run !== page.run || name !== page.shown) return;
  for (const [k, cell] of cells.entries()) cell.bitmap = await createImageBitmap(imageOf(body.subarray(k * size, (k + 1) * size), run.width, run.height, run.channels));
  scatter.backdrop = cells;
  scatter.draw();
});

// ---- the point z

/** moveTo moves z to a place of the map. */
const moveTo = latest(tried(async (x, y) => {
  scatter.cursor = [x, y];
  scatter.draw();
  const run = page.run, turn = ++page.turn, body = await bytes(api('at'), { map: page.shown, x, y, label: page.class || undefined }, post(page.z));
  if (run !== page.run || turn !== page.turn) return; // a slider was faster
  const z = new Float32Array(body.slice(0, 4 * run.latent));
  if (sliders.locked.size) {
    for (const j of sliders.locked) z[j] = page.z[j];
    setZ(z);
    return;
  }
  page.z = z;
  forget();
  decoded(new Uint8Array(body, 4 * run.latent));
  sliders.set(page.z);
  nearest(true);
}));

/** setZ moves z, and with it the cursor. */
function setZ(z, keepsImage) {
  page.turn++;
  page.z = z;
  if (!keepsImage) forget();
  sliders.set(z);
  decode();
  nearest();
  if ($('backdrop').checked) scatter.rest();
}

const decode = latest(tried(async () => {
  const run = page.run, turn = page.turn, body = await bytes(api('decode'), { label: page.class || undefined }, post(page.z));
  if (run === page.run && turn === page.turn) decoded(new Uint8Array(body));
}));

function decoded(pixels) {
  const { width, height, channels } = page.run;
  put($('decoded'), pixels, width, height, channels);
  if (page.image) {
    put($('original').querySelector('canvas'), page.image, width, height, channels);
    put($('difference').querySelector('canvas'), difference(page.image, pixels), width, height, channels);
  }
  $('original').hidden = $('difference').hidden = !page.image;
}

/** forget lets z be that of no image any more. */
function forget() { page.image = null; }

const nearest = latest(tried(async placed => {
  const run = page.run, turn = page.turn, found = await json(api('near'), { map: page.shown, k: 8 }, post(page.z));
  if (run !== page.run || turn !== page.turn) return;
  if (found.place && !placed) { // else the cursor is where a person has put it
    scatter.cursor = found.place;
    scatter.draw();
  }
  showNear(found.near);
}));

function showNear(near) {
  $('near').tBodies[0].replaceChildren(...near.map(n => {
    const row = document.createElement('tr'), img = new Image();
    Object.assign(img, { src: address(api(`pixels/${n.image}`), { v: page.run.digest }), alt: n.label || n.name, title: 'Move z to this image' });
    img.tabIndex = 0;
    img.setAttribute('role', 'button');
    img.addEventListener('click', () => pick(n.image));
    img.addEventListener('keydown', e => { if (e.key === 'Enter') pick(n.image); });
    const cells = [img, n.name, n.label, n.distance.toFixed(3)].map(content => {
      const cell = document.createElement('td');
      cell.append(content);
      return cell;
    });
    row.append(...cells);
    return row;
  }));
  if (near.length) $('where').textContent = `nearest: ${near[0].label || near[0].name}, distance ${near[0].distance.toFixed(2)}`;
}

/** follow puts the cursor where z lies on another map. */
const follow = () => nearest();

/** pick moves z to the code of an image. */
const pick = tried(async i => {
  const run = page.run, [info, pixels] = await Promise.all([json(api(`images/${i}`)), pixelsOf(i)]);
  if (run !== page.run) return;
  page.image = pixels;
  if (run.model.length) {
    page.class = info.class;
    $('class').querySelector('select').value = String(info.class);
  }
  setZ(Float32Array.from(info.mu), true);
});

/** pixelsOf are the bytes of an image. */
async function pixelsOf(i) {
  const { width, height, channels } = page.run;
  const bitmap = await createImageBitmap(await blob(api(`pixels/${i}`), { v: page.run.digest }), { colorSpaceConversion: 'none' });
  const context = new OffscreenCanvas(width, height).getContext('2d');
  context.drawImage(bitmap, 0, 0);
  const data = context.getImageData(0, 0, width, height).data, out = new Uint8Array(width * height * channels);
  for (let p = 0; p < width * height; p++) for (let c = 0; c < channels; c++) out[p * channels + c] = data[4 * p + c];
  return out;
}

let hovered = -1;
function hover(i, e) {
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
  const img = new Image(), words = document.createElement('span');
  img.src = address(api(`pixels/${i}`), { v: page.run.digest });
  img.alt = '';
  const far = Math.hypot(...info.mu.map((m, j) => m - page.z[j]));
  words.textContent = `${info.name}${info.label ? ', ' + info.label : ''}, ${far.toFixed(2)} from z`;
  $('tip').replaceChildren(img, words);
  $('tip').hidden = false;
}));

// ---- drawing

const encodeDrawing = latest(tried(async () => {
  const image = pad.image(page.run);
  if (image) await encode(image, { type: 'application/octet-stream' });
}));

async function encode(body, { type }) {
  const run = page.run;
  const e = await json(api('encode'), { map: page.shown, label: page.class || undefined, invert: $('invert').checked ? 1 : undefined },
    { method: 'POST', body, headers: { 'Content-Type': type } });
  if (run !== page.run) return;
  page.image = fromBase64(e.input);
  scatter.drawing = e.place ? { place: e.place, ellipse: e.ellipse } : null;
  setZ(Float32Array.from(e.mu), true);
  showEncoded(e);
}

function showEncoded(e) {
  const box = $('encoded');
  box.replaceChildren();
  for (const s of e.scores) {
    const p = document.createElement('p');
    const place = s.percent === null ? '' : `, more than ${s.percent.toFixed(1)} % of the training images`;
    p.textContent = `${s.name} ${s.value.toPrecision(5)}${place}`;
    box.append(p);
  }
  if (!e.kl) return;
  const top = e.kl.map((v, j) => [v, j]).sort((a, b) => b[0] - a[0]).slice(0, 8), bars = document.createElement('div');
  bars.className = 'bars';
  bars.setAttribute('role', 'img');
  bars.setAttribute('aria-label', 'KL of the latents: ' + top.map(([v, j]) => `z${j} ${v.toFixed(2)}`).join(', '));
  for (const [v, j] of top) {
    const name = document.createElement('span'), bar = document.createElement('b'), value = document.createElement('span');
    name.textContent = `z${j}`;
    bar.style.width = `${100 * v / (top[0][0] || 1)}%`;
    value.textContent = v.toFixed(2);
    bars.append(name, bar, value);
  }
  const head = document.createElement('p');
  head.textContent = `KL ${e.kl.reduce((a, b) => a + b, 0).toFixed(2)} nats:`;
  box.append(head, bars);
}

const openFile = tried(async file => { await encode(await file.arrayBuffer(), { type: file.type || 'image/*' }); });

// ---- pictures

function pickEnd(i) {
  const at = page.picked.indexOf(i);
  if (at >= 0) page.picked.splice(at, 1);
  else page.picked = [...page.picked.slice(-3), i];
  showEnds();
}

function showEnds() {
  scatter.ends = page.picked;
  $('ends').textContent = page.picked.length
    ? 'Ends: ' + page.picked.map((i, k) => `${String.fromCharCode(65 + k)} image ${i}`).join(', ') + '. Shift-click one again to take it away.'
    : 'Shift-click images on the map to name the ends of a path: two, or four for a palette.';
  scatter.draw();
}

function pictured() {
  const kind = $('kind').value, images = kind === 'interpolate' ? page.picked : page.picked.slice(0, 1);
  return { kind, images: images.join(','), format: page.format, path: kind === 'interpolate' ? $('path').querySelector('select').value : undefined,
    label: page.run.model.length ? page.class : undefined, latents: kind === 'manifold' && $('map').value === 'z' ? `${$('across').value},${$('up').value}` : undefined };
}

const drawPicture = tried(async format => {
  const img = new Image();
  img.alt = $('kind').selectedOptions[0].textContent;
  page.format = format;
  img.src = URL.createObjectURL(await blob(api('picture'), pictured()));
  const link = document.createElement('a');
  Object.assign(link, { href: img.src, download: `${$('kind').value}.${format || 'png'}` });
  link.append(img);
  $('strip').replaceChildren(link);
});

const copyCommand = tried(async () => {
  const line = await text(api('picture'), { ...pictured(), as: 'command' });
  $('line').textContent = line;
  await navigator.clipboard?.writeText($('line').textContent).catch(() => {});
});

// ---- selection

const select = tried(async images => {
  scatter.chosen = beside.chosen = new Set(images);
  scatter.repaint();
  beside.repaint();
  const box = $('chosen');
  if (!images.length) {
    const p = document.createElement('p');
    p.textContent = 'Press "Select" and draw around images.';
    box.replaceChildren(p);
    return;
  }
  const run = page.run, ids = Uint32Array.from(images), found = await json(api('selection'), {}, post(ids)), canvas = document.createElement('canvas');
  if (run !== page.run) return;
  const { width, height, channels } = page.run;
  put(canvas, fromBase64(found.image), width, height, channels);
  canvas.style.cssText = 'width:84px;image-rendering:pixelated';
  const line = content => {
    const p = document.createElement('p');
    p.append(...content);
    return p;
  };
  const file = as => {
    const button = document.createElement('button');
    button.textContent = as.toUpperCase();
    button.addEventListener('click', tried(async () => {
      const link = document.createElement('a');
      Object.assign(link, { href: URL.createObjectURL(await blob(api(`selection/${as}`), {}, post(ids))), download: `selection.${as}` });
      link.click();
    }));
    return button;
  };
  const to = document.createElement('button');
  to.textContent = 'Move z to the mean';
  to.addEventListener('click', () => setZ(Float32Array.from(found.mean)));
  box.replaceChildren(
    line([`${found.count.toLocaleString('en')} images: `, found.labels.slice(0, 6).map(l => `${l.label || 'no label'} ${l.count}`).join(', ')]),
    canvas,
    line(['latents that differ most, in standard deviations: ', found.differs.slice(0, 6).map(d => `z${d.latent} ${d.by > 0 ? '+' : ''}${d.by.toFixed(2)}`).join(', ')]),
    line([to, ' ', file('csv'), ' ', file('npy')]),
    line(attribute(ids)),
  );
});

/** attribute keeps a selection as the one that a direction departs from, or goes from that one to this. */
function attribute(ids) {
  const keep = document.createElement('button');
  keep.textContent = 'Keep as first';
  keep.addEventListener('click', () => {
    page.first = ids;
    keep.replaceWith('Kept: select others, and go from these to those.');
  });
  if (!page.first) return [keep];
  const go = document.createElement('button');
  go.textContent = `From the first (${page.first.length}) to these`;
  go.addEventListener('click', tried(async () => {
    const both = new Uint32Array(page.first.length + ids.length);
    both.set(page.first);
    both.set(ids, page.first.length);
    const d = await json(api('direction'), { first: page.first.length }, post(both));
    showDirection(d, go.parentElement);
  }));
  return [keep, ' ', go];
}

/** showDirection shows how sure a direction is, with a slider that goes along it from where z is. */
function showDirection(d, after) {
  const words = document.createElement('p'), label = document.createElement('label'), slider = document.createElement('input'), from = Float32Array.from(page.z);
  words.textContent = `direction from ${d.from} images to ${d.to}: length ${d.length.toFixed(2)}` +
    (d.error === null ? '' : `, by chance ${d.error.toFixed(2)}`) + (d.auroc === null ? '' : `; it tells held-out codes apart with an AUROC of ${d.auroc.toFixed(3)}`);
  Object.assign(slider, { id: 'strength', type: 'range', min: -2, max: 2, step: 0.02, value: 0 });
  slider.addEventListener('input', () => setZ(from.map((v, j) => v + slider.value * d.vector[j])));
  label.append('strength ', slider);
  document.getElementById('direction')?.remove();
  const box = document.createElement('div');
  box.id = 'direction';
  box.append(words, label);
  after.after(box);
}

// ---- training

const showCourse = tried(async () => {
  const run = page.run, c = await json(api('course'));
  if (run !== page.run) return;
  $('course').parentElement.hidden = c.epochs.length < 2;
  if (c.epochs.length < 2) return;
  curves($('course'), c.epochs, [['train', c.train, '#1f77b4'], ['validation', c.validation, '#ff7f0e']]);
  const last = c.epochs.length - 1, number = v => v === null ? '' : v.toFixed(2);
  $('epochs').textContent = `epoch ${c.epochs[last]}: loss ${number(c.train[last])}` + (c.validation[last] === null ? '' : `, validation ${number(c.validation[last])}`) + `, KL ${number(c.kl[last])} nats per image`;
});

// ---- two runs side by side

const beside = new Scatter($('other'), {
  move: () => {}, hover: () => {}, moved: () => {},
  pick: i => pick(i),
  select: images => select(images),
  thumbs: images => fetchThumbs(images, beside),
});
beside.mode = 'lasso';

/** showBeside shows the run that is chosen beside the other: the same images, so that what is selected in one is in both. */
const showBeside = tried(async () => {
  const number = $('beside').value, two = number !== '' && page.runs[number].pixels === page.run.pixels;
  if (beside.number !== number) {
    beside.number = number;
    beside.thumbs.clear();
    beside.wanted.clear();
  }
  if ($('other').hidden === two) setTimeout(() => scatter.fit(), 100); // when the map has its new width
  $('other').hidden = !two;
  $('plot').classList.toggle('two', two);
  $('compared').hidden = !two;
  if (number !== '' && !two) throw new Fault(`${page.runs[number].name} shows other images: no run stands beside another that has not the same`);
  if (!two) return;
  const run = page.run, name = page.map === 'z' ? 'pca' : page.map, path = `api/runs/${number}/`;
  const found = await points(path + 'points', name), places = found.places || (await points(path + 'points', 'pca')).places;
  const of = page.runs[number].scores.includes($('color').value) ? $('color').value : 'label';
  const values = new Float32Array(await bytes(path + 'values', { of }));
  if (run !== page.run || number !== $('beside').value) return;
  beside.show(places);
  beside.paint(values, of === 'label');
  const rows = [];
  for (const score of page.run.scores.filter(s => s !== 'bound' && page.runs[number].scores.includes(s))) {
    const means = await Promise.all([page.run.number, number].map(async r => {
      const all = new Float32Array(await bytes(`api/runs/${r}/values`, { of: score }));
      return all.reduce((a, b) => a + b, 0) / all.length;
    }));
    const row = document.createElement('tr');
    for (const text of [score, ...means.map(m => m.toPrecision(5))]) {
      const cell = document.createElement('td');
      cell.append(text);
      row.append(cell);
    }
    rows.push(row);
  }
  $('compared').querySelector('tbody').replaceChildren(...rows);
});

// ---- news, and what a person presses

function listen() {
  const events = new EventSource('api/events');
  let lost = false;
  events.onopen = () => {
    if (lost) reload(page.run.number);
    lost = false;
  };
  events.onerror = () => {
    lost = true;
    say(new Fault('the program does not answer: is it still running? The page goes on when it does.'));
  };
  events.onmessage = message => {
    const e = JSON.parse(message.data);
    if (e.what === 'model') reload(e.run);
    if (String(e.run) === $('beside').value && (e.what === 'model' || e.what === 'map' && !e.stage)) showBeside();
    if (!page.run || e.run !== page.run.number) return;
    if (e.what === 'gone') say(new Fault(e.text));
    if (e.what === 'map' && e.map === mapName()) {
      if (e.text) say(new Fault(e.text));
      else if (e.stage) progress(e);
      else showMap();
    }
  };
}

/** reload takes up what is true now of a run. */
const reload = tried(async number => {
  page.runs[number] = await json(`api/runs/${number}`);
  if (page.run.number !== number) return;
  await open(number, true);
});

setInterval(() => { if (page.run && !document.hidden) showCourse(); }, 5000); // an epoch that is no better leaves its model, but a row


$('run').addEventListener('change', e => open(Number(e.target.value)));
$('map').addEventListener('change', showMap);
$('across').addEventListener('change', showMap);
$('up').addEventListener('change', showMap);
$('beside').addEventListener('change', showBeside);
$('backdrop').addEventListener('change', backdrop);
$('color').addEventListener('change', paint);
$('fit').addEventListener('click', () => scatter.fit());
$('save').addEventListener('click', () => $('canvas').toBlob(b => {
  const link = document.createElement('a');
  Object.assign(link, { href: URL.createObjectURL(b), download: 'map.png' });
  link.click();
}));
$('reset').addEventListener('click', () => setZ(new Float32Array(page.run.latent)));
$('more').addEventListener('click', () => {
  sliders.all();
  sliders.set(page.z);
  $('more').hidden = true;
});
$('class').querySelector('select').addEventListener('change', e => {
  page.class = Number(e.target.value);
  decode();
  backdrop();
});
$('clear').addEventListener('click', () => {
  pad.clear();
  $('encoded').replaceChildren();
  scatter.drawing = null;
  scatter.draw();
});
$('file').addEventListener('change', e => {
  if (e.target.files[0]) openFile(e.target.files[0]);
  e.target.value = ''; // so that the same file may be opened again
});
$('picture').addEventListener('click', () => drawPicture());
$('film').addEventListener('click', () => drawPicture('gif'));
$('copy').addEventListener('click', copyCommand);
const mode = name => {
  scatter.mode = name;
  for (const b of document.querySelectorAll('[data-mode]')) b.setAttribute('aria-pressed', String(b.dataset.mode === name));
};
for (const b of document.querySelectorAll('[data-mode]')) b.addEventListener('click', () => mode(b.dataset.mode));
document.addEventListener('keydown', e => {
  if (e.target.matches('input, select, textarea') || e.ctrlKey || e.metaKey || e.altKey) return;
  const name = { m: 'move', p: 'pan', l: 'lasso' }[e.key];
  if (name) mode(name);
});
document.addEventListener('dragover', e => e.preventDefault());
document.addEventListener('drop', e => {
  e.preventDefault();
  const file = e.dataTransfer.files[0];
  if (file) openFile(file);
});

window.page = { scatter, beside, state: page }; // for tests
begin().catch(say);
