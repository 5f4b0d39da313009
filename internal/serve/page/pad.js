// A place to draw, with mouse, finger or keys. What is drawn may become an image as those of MNIST were made: scaled to 20 of 28 parts of
// the side, its center of mass in the middle. Without that an encoder sees digits that it has never seen.

const step = 12; // of the canvas's pixels, for an arrow key

export class Pad {
  /** pen is an element that shows where keys draw; heard hears of each stroke. */
  constructor(canvas, pen, heard) {
    this.canvas = canvas;
    this.context = canvas.getContext('2d', { willReadFrequently: true });
    this.clear();
    let last = null;
    const at = e => {
      const box = canvas.getBoundingClientRect();
      return [(e.clientX - box.left) * canvas.width / box.width, (e.clientY - box.top) * canvas.height / box.height];
    };
    const stroke = (a, b) => {
      const c = this.context;
      Object.assign(c, { lineWidth: 22, lineCap: 'round', strokeStyle: '#fff' });
      c.beginPath();
      c.moveTo(...a);
      c.lineTo(b[0] + 0.01, b[1]);
      c.stroke();
      this.empty = false;
      heard();
    };
    canvas.addEventListener('pointerdown', e => {
      canvas.setPointerCapture(e.pointerId);
      last = at(e);
      stroke(last, last);
    });
    canvas.addEventListener('pointermove', e => {
      if (!last) return;
      const here = at(e);
      stroke(last, here);
      last = here;
    });
    for (const name of ['pointerup', 'pointercancel']) canvas.addEventListener(name, () => { last = null; });
    let place = [canvas.width / 2, canvas.height / 2], down = false;
    const showPen = () => {
      Object.assign(pen.style, { left: `${100 * place[0] / canvas.width}%`, top: `${100 * place[1] / canvas.height}%` });
      pen.classList.toggle('down', down);
    };
    canvas.addEventListener('keydown', e => {
      const way = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[e.key];
      if (!way && e.key !== ' ') return;
      e.preventDefault();
      const from = place;
      if (way) place = way.map((v, i) => Math.max(0, Math.min([canvas.width, canvas.height][i], place[i] + v)));
      else down = !down;
      if (down) stroke(from, place);
      showPen();
    });
    canvas.addEventListener('blur', () => {
      down = false;
      showPen();
    });
    showPen();
  }

  clear() {
    this.context.fillStyle = '#000';
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.empty = true;
  }

  /** image is the drawing as bytes of the model's size, centered or as it is; null where nothing is drawn. */
  image({ width, height, channels, dark }, centered) {
    const n = this.canvas.width, data = this.context.getImageData(0, 0, n, n).data;
    let left = n, right = -1, top = n, bottom = -1, mass = 0, mx = 0, my = 0;
    for (let y = 0; y < n; y++) {
      for (let x = 0; x < n; x++) {
        const v = data[4 * (y * n + x)];
        if (!v) continue;
        if (x < left) left = x;
        if (x > right) right = x;
        if (y < top) top = y;
        if (y > bottom) bottom = y;
        mass += v;
        mx += v * (x + 0.5);
        my += v * (y + 0.5);
      }
    }
    if (right < 0) return null;
    let scale = Math.min(width, height) * 20 / 28 / Math.max(right - left + 1, bottom - top + 1), x = width / 2 - scale * mx / mass, y = height / 2 - scale * my / mass;
    if (!centered) {
      scale = Math.min(width, height) / n;
      [x, y] = [(width - scale * n) / 2, (height - scale * n) / 2];
    }
    const small = new OffscreenCanvas(width, height), c = small.getContext('2d');
    c.fillStyle = '#000';
    c.fillRect(0, 0, width, height);
    Object.assign(c, { imageSmoothingEnabled: true, imageSmoothingQuality: 'high' });
    c.drawImage(this.canvas, x, y, n * scale, n * scale);
    const made = c.getImageData(0, 0, width, height).data, bytes = new Uint8Array(width * height * channels);
    for (let i = 0; i < width * height; i++) {
      for (let k = 0; k < channels; k++) bytes[i * channels + k] = dark ? made[4 * i] : 255 - made[4 * i];
    }
    return bytes;
  }
}
