// Colors as the canvas has them in memory, 0xAABBGGRR: those of the program's own pictures (Okabe and Ito 2008,
// and more for more labels), and of numbers the path of viridis.

const pack = hex => {
  const n = parseInt(hex, 16);
  return (0xff000000 | (n & 255) << 16 | n & 0xff00 | n >> 16) >>> 0;
};

const labels = ['1f77b4', 'ff7f0e', '2ca02c', 'd62728', '9467bd', '8c564b', 'e377c2', '7f7f7f', 'bcbd22', '17becf',
  'aec7e8', 'ffbb78', '98df8a', 'ff9896', 'c5b0d5', 'c49c94', 'f7b6d2', 'c7c7c7', 'dbdb8d', '9edae5'].map(pack);
const packed = Uint32Array.from(labels);
export const colors = () => packed;

// Shapes for labels, so that color is not all that tells them apart: rows of five pixels, and a sign for a legend.
const drawn = ['01110 11111 11111 11111 01110', '00100 00100 11111 00100 00100', '11111 11111 11111 11111 11111', '10001 01010 00100 01010 10001', '00100 01110 11111 01110 00100', '00100 00100 01110 01110 11111'];
const signs = ['\u25cf', '+', '\u25a0', '\u00d7', '\u25c6', '\u25b2'];
export const shapes = drawn.map(rows => rows.split(' ').flatMap((row, y) => [...row].flatMap((c, x) => c === '1' ? [[x - 2, y - 2]] : [])));
export const sign = k => signs[k % signs.length];

const stops = ['440154', '472d7b', '3b528b', '2c728e', '21918c', '28ae80', '5ec962', 'addc30', 'fde725'].map(h => parseInt(h, 16));
const path = Uint32Array.from({ length: 256 }, (_, k) => {
  const at = k / 255 * (stops.length - 1), i = Math.min(stops.length - 2, Math.floor(at)), t = at - i;
  const mix = shift => Math.round((stops[i] >> shift & 255) * (1 - t) + (stops[i + 1] >> shift & 255) * t);
  return (0xff000000 | mix(0) << 16 | mix(8) << 8 | mix(16)) >>> 0;
});
/** ramp is the color of a number from 0 to 1. */
export const ramp = v => path[Math.round(255 * v)];

/** unlabeled is the color of what has no label or number: dark on light, light on dark, for a label may be grey. */
export const unlabeled = () => matchMedia('(prefers-color-scheme: dark)').matches ? 0xffd8d8d8 : 0xff383838;
export const css = c => `rgb(${c & 255},${c >> 8 & 255},${c >> 16 & 255})`;
/** ramped are the colors of numbers, from the lowest to the highest, as CSS. */
export const ramped = stops.map(n => `#${n.toString(16).padStart(6, '0')}`).join(',');
