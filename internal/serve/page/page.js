// What all parts of the page share: which run is shown, where z is, the maps, how faults are told.

import { Fault } from './api.js';
import { $, element } from './dom.js';
import { Scatter } from './scatter.js';

/** page is what is shown: z is the point [L], at the image whose code it is or -1, image the bytes of an image beside what z is decoded to. */
export const page = { runs: [], run: null, map: 'pca', shown: null, z: null, class: 0, at: -1, image: null, picked: [], turn: 0, first: null, seed: 1, format: '' };

/** mapTitles are what a person calls the maps that have a name of their own. */
export const mapTitles = { pca: 'PCA', lda: 'LDA', tsne: 't-SNE', umap: 'UMAP' };

/** scatter is the map, beside that of a run beside it. main.js says what they are to tell of. */
export const scatter = new Scatter($('canvas')), beside = new Scatter($('other'));

export const api = path => `api/runs/${page.run.number}/${path}`;

const titles = { bce: 'reconstruction error (bce)', reconstruction: 'reconstruction error', squared_error: 'squared error', kl: 'KL', bound: 'bound L_10', mse: 'squared error of a pixel (mse)' };
/** titled is what a person calls a score. */
export const titled = score => titles[score] || score;

const faults = new Map(); // what went wrong, by what it is of
let clock = 0;

function show() {
  const last = [...faults.values()].at(-1);
  $('state').textContent = last ? last.text : '';
  $('state').classList.toggle('fault', Boolean(last));
}

/** say tells of a fault until the next thing of its kind goes right; null that one has. */
export function say(fault, of = 'deed') {
  if (fault && fault.name === 'AbortError') return;
  faults.delete(of);
  if (fault) faults.set(of, { text: fault.message, at: ++clock });
  show();
  if (fault && !(fault instanceof Fault)) throw fault;
}

/** forgive forgets what went wrong while the program did not answer. */
export function forgive() {
  for (const of of [...faults.keys()]) if (of !== 'run') faults.delete(of);
  show();
}

/** tell tells how far something has come, unless there is a fault to tell of. */
export function tell(text) {
  if (!faults.size) $('state').textContent = text;
}

/**
 * tried is work whose faults are told, until work of the same kind goes right that began after: by itself that of a person. What follows from a deed, and may come
 * after the fault of another, is of a kind of its own.
 */
export const tried = (work, of = 'deed') => async (...args) => {
  const began = ++clock;
  try {
    const result = await work(...args);
    if (faults.get(of)?.at < began) say(null, of);
    return result;
  } catch (fault) {
    say(fault, of);
  }
};

/** download gives a file to the one who asks for it. */
export function download(content, name) {
  const link = element('a', { href: URL.createObjectURL(content), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000); // when it is surely taken
}
