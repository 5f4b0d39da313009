// A slider for each latent, those that carry the most first: its KL, marks at the prior's standard deviations, a lock.

const first = 10; // that are shown at once

export class Sliders {
  constructor(box, heard) {
    Object.assign(this, { box, heard, rows: new Map(), locked: new Set() });
  }

  show(latents, count) {
    Object.assign(this, { latents, count });
    this.locked.clear();
    this.rows.clear();
    this.box.replaceChildren();
    latents.slice(0, first).forEach(l => this.add(l));
    this.more = latents.length > first;
  }

  all() {
    this.latents.slice(first).forEach(l => this.add(l));
    this.more = false;
  }

  add(l) {
    const spread = Math.max(Math.abs(l.low), Math.abs(l.high), l.priorSD ? 3 * l.priorSD : 0, 3 * l.sd, 1e-3);
    const row = document.createElement('div'), label = document.createElement('label'), input = document.createElement('input');
    const value = document.createElement('output'), lock = document.createElement('button');
    row.className = 'slider';
    input.id = `z${l.number}`;
    label.htmlFor = input.id;
    label.textContent = `z${l.number}` + (l.kl === null ? '' : ` KL ${l.kl.toFixed(2)}`);
    label.title = `codes from ${l.low.toFixed(2)} to ${l.high.toFixed(2)}`;
    Object.assign(input, { type: 'range', min: -spread, max: spread, step: spread / 200 });
    input.addEventListener('input', () => {
      const z = Float32Array.from(this.z);
      z[l.number] = Number(input.value);
      this.heard(z);
    });
    lock.textContent = 'lock';
    lock.setAttribute('aria-pressed', 'false');
    lock.setAttribute('aria-label', `lock z${l.number}`);
    lock.title = 'keep this latent where it is while the point moves on the map';
    lock.addEventListener('click', () => {
      const on = !this.locked.has(l.number);
      this.locked[on ? 'add' : 'delete'](l.number);
      lock.setAttribute('aria-pressed', String(on));
    });
    const middle = document.createElement('span'), ticks = document.createElement('div');
    ticks.className = 'ticks';
    if (l.priorSD) {
      for (const k of [-2, -1, 0, 1, 2]) {
        const tick = document.createElement('i');
        tick.style.left = `${50 + 50 * k * l.priorSD / spread}%`;
        ticks.append(tick);
      }
    }
    middle.append(input, ticks);
    row.append(label, middle, value, lock);
    this.box.append(row);
    this.rows.set(l.number, { input, value });
  }

  /** set moves all sliders; z is what is decoded. */
  set(z) {
    this.z = z;
    for (const [j, { input, value }] of this.rows) {
      input.value = z[j];
      value.textContent = z[j].toFixed(2);
    }
  }
}
