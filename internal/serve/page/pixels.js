// Images as bytes, height x width x channels, on a canvas.

export function put(canvas, bytes, width, height, channels) {
  Object.assign(canvas, { width, height });
  canvas.getContext('2d').putImageData(imageOf(bytes, width, height, channels), 0, 0);
}

export function imageOf(bytes, width, height, channels) {
  const image = new ImageData(width, height), d = image.data;
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) d[4 * i + c] = bytes[i * channels + (channels === 3 ? c : 0)];
    d[4 * i + 3] = 255;
  }
  return image;
}

/** difference is grey where two images are the same, lighter where the first is. */
export function difference(a, b) {
  return Uint8Array.from(a, (v, i) => (v - b[i] + 256) >> 1);
}

export const fromBase64 = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
