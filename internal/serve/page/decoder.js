// A decoder in plain JavaScript, for a page without a server. It goes through the layers that the program has written down;
// maps lie pixel by pixel with their channels side by side, weights as PyTorch has them.

const activations = {
  linear: v => v,
  relu: v => v > 0 ? v : 0,
  'leaky-relu': v => v > 0 ? v : 0.01 * v,
  tanh: Math.tanh,
  sigmoid: v => 1 / (1 + Math.exp(-v)),
  softplus: v => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v))),
  elu: v => v > 0 ? v : Math.expm1(v),
  silu: v => v / (1 + Math.exp(-v)),
  gelu: v => 0.5 * v * (1 + erf(v / Math.SQRT2)),
};

/** erf by Abramowitz and Stegun 7.1.26, to 1.5e-7. */
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const y = 1 - ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t * Math.exp(-x * x);
  return x < 0 ? -y : y;
}

const epsilon = 1e-5; // of normalizations

export class Decoder {
  /** steps are the layers with the shapes of what they take and give, tensors the weights by name, mean what the likelihood makes of the last. */
  constructor({ steps, mean }, tensors) {
    Object.assign(this, { steps, tensors, mean });
  }

  /** decode gives the image of latents as bytes; of a conditional model latents are followed by the labels, one of them 1. */
  decode(z) {
    const out = this.run(this.steps, 'decoder', z), act = activations[this.mean], bytes = new Uint8Array(out.length);
    for (let i = 0; i < out.length; i++) bytes[i] = even(255 * Math.min(1, Math.max(0, act(out[i]))));
    return bytes;
  }

  run(steps, name, x) {
    return steps.reduce((x, s) => this[s.kind](s, x, `${name}.${s.index}`), x);
  }

  activation(s, x) { return Float32Array.from(x, activations[s.act]); }

  dense(s, x, name) {
    const w = this.tensors[name + '.weight'], b = this.tensors[name + '.bias'], n = x.length, y = new Float32Array(b.length);
    for (let o = 0, at = 0; o < y.length; o++, at += n) {
      let sum = b[o];
      for (let i = 0; i < n; i++) sum += w[at + i] * x[i];
      y[o] = sum;
    }
    return y;
  }

  conv(s, x, name) {
    const w = this.tensors[name + '.weight'], b = this.tensors[name + '.bias'], { in: from, out: to, kernel: k, stride, top, left } = s;
    const y = new Float32Array(to.width * to.height * to.channels), c = from.channels;
    for (let oy = 0; oy < to.height; oy++) for (let ox = 0; ox < to.width; ox++) {
      const at = (oy * to.width + ox) * to.channels;
      for (let f = 0; f < to.channels; f++) {
        let sum = b[f];
        for (let ky = 0; ky < k; ky++) {
          const iy = oy * stride + ky - top;
          if (iy < 0 || iy >= from.height) continue;
          for (let kx = 0; kx < k; kx++) {
            const ix = ox * stride + kx - left;
            if (ix < 0 || ix >= from.width) continue;
            const p = (iy * from.width + ix) * c, q = (f * c * k + ky) * k + kx;
            for (let i = 0; i < c; i++) sum += x[p + i] * w[q + i * k * k];
          }
        }
        y[at + f] = sum;
      }
    }
    return y;
  }

  convt(s, x, name) {
    const w = this.tensors[name + '.weight'], b = this.tensors[name + '.bias'], { in: from, out: to, kernel: k, stride, top, left } = s;
    const f = to.channels, y = new Float32Array(to.width * to.height * f);
    for (let p = 0; p < y.length; p++) y[p] = b[p % f];
    for (let iy = 0; iy < from.height; iy++) for (let ix = 0; ix < from.width; ix++) for (let i = 0; i < from.channels; i++) {
      const v = x[(iy * from.width + ix) * from.channels + i];
      if (v === 0) continue;
      for (let ky = 0; ky < k; ky++) {
        const oy = iy * stride + ky - top;
        if (oy < 0 || oy >= to.height) continue;
        for (let kx = 0; kx < k; kx++) {
          const ox = ix * stride + kx - left;
          if (ox < 0 || ox >= to.width) continue;
          const at = (oy * to.width + ox) * f, q = (i * f * k + ky) * k + kx;
          for (let o = 0; o < f; o++) y[at + o] += v * w[q + o * k * k];
        }
      }
    }
    return y;
  }

  gated(s, x, name) {
    const h = this[s.of](s, x, name + '.h'), g = this[s.of](s, x, name + '.g');
    return h.map((v, i) => v * activations.sigmoid(g[i]));
  }

  batchnorm(s, x, name) {
    const [w, b, m, v] = ['weight', 'bias', 'running_mean', 'running_var'].map(t => this.tensors[`${name}.${t}`]), c = w.length;
    return x.map((a, i) => (a - m[i % c]) / Math.sqrt(v[i % c] + epsilon) * w[i % c] + b[i % c]);
  }

  groupnorm(s, x, name) {
    const w = this.tensors[name + '.weight'], b = this.tensors[name + '.bias'], c = w.length, size = c / s.groups, n = x.length / c * size;
    const sums = new Float64Array(s.groups), squares = new Float64Array(s.groups), of = i => Math.floor(i % c / size);
    x.forEach((v, i) => { sums[of(i)] += v; });
    x.forEach((v, i) => { squares[of(i)] += (v - sums[of(i)] / n) ** 2; });
    return x.map((v, i) => (v - sums[of(i)] / n) / Math.sqrt(squares[of(i)] / n + epsilon) * w[i % c] + b[i % c]);
  }

  flatten({ in: from }, x) {
    const c = from.channels, pixels = from.width * from.height;
    return x.map((_, i) => x[i % pixels * c + Math.floor(i / pixels)]);
  }

  reshape({ out: to }, x) {
    const c = to.channels, pixels = to.width * to.height;
    return x.map((_, i) => x[i % c * pixels + Math.floor(i / c)]);
  }

  upsample({ in: from, out: to, n }, x) {
    const c = from.channels, y = new Float32Array(to.width * to.height * c);
    for (let i = 0; i < y.length; i++) {
      const p = Math.floor(i / c), oy = Math.floor(p / to.width), ox = p % to.width;
      y[i] = x[(Math.floor(oy / n) * from.width + Math.floor(ox / n)) * c + i % c];
    }
    return y;
  }

  avgpool({ in: from, out: to, n }, x) {
    const c = from.channels, y = new Float32Array(to.width * to.height * c);
    for (let i = 0; i < y.length; i++) {
      const p = Math.floor(i / c), oy = Math.floor(p / to.width) * n, ox = p % to.width * n;
      let sum = 0;
      for (let dy = 0; dy < n; dy++) for (let dx = 0; dx < n; dx++) sum += x[((oy + dy) * from.width + ox + dx) * c + i % c];
      y[i] = sum / (n * n);
    }
    return y;
  }

  residual(s, x, name) {
    const y = this.run(s.body, name + '.body', x), other = s.shortcut ? this.run(s.shortcut, name + '.shortcut', x) : x;
    return y.map((v, i) => v + other[i]);
  }
}

/** even rounds halves to even numbers, as the program does. */
function even(v) {
  const r = Math.round(v);
  return r - v === 0.5 && r % 2 ? r - 1 : r;
}
