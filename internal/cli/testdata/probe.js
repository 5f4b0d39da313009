// What the benchmarks of the explorer write down of its page. Times are milliseconds since 1970 where they say when, else of how long.
{
  const now = () => performance.timeOrigin + performance.now();
  const probe = window.probe = { frames: [], pictures: [], selections: [] };
  let moved = null, released = null, page, last, waits = [];

  const more = () => { waits = waits.filter(w => probe[w.what].length <= w.count || w.done(null)); };

  /** more waits until there are more than so many of what is written down. */
  probe.more = (what, count) => new Promise(done => {
    waits.push({ what, count, done });
    more();
  });

  /** bytes are those of the page itself, as sent. */
  probe.bytes = () => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
    .filter(e => e.name.startsWith(location.origin) && !e.name.includes('/api/')).reduce((sum, e) => sum + e.encodedBodySize, 0);

  /** cloud shows so many points, normally distributed, of ten classes. */
  probe.cloud = n => {
    const places = new Float32Array(2 * n), classes = new Float32Array(n);
    let seed = 1;
    const uniform = () => (seed = (1664525 * seed + 1013904223) % 4294967296) / 4294967296;
    for (let i = 0; i < n; i++) {
      const r = Math.sqrt(-2 * Math.log(1 - uniform())), turn = 2 * Math.PI * uniform();
      places.set([r * Math.cos(turn), r * Math.sin(turn)], 2 * i);
      classes[i] = i % 10;
    }
    page.scatter.show(places);
    page.scatter.paint(classes, true);
    return null;
  };

  addEventListener('pointermove', e => { if (e.buttons) moved = { heard: now(), sent: performance.timeOrigin + e.timeStamp }; }, true);
  addEventListener('pointerup', () => { released = now(); }, true);

  // A frame is drawn when the map says how long it took.
  const frame = ms => {
    const { n, chosen } = page.scatter;
    probe.frames.push({ at: now(), ms, points: n });
    if (released && chosen.size) {
      probe.selections.push({ from: released, drawn: now() - released, images: chosen.size, said: 0 });
      released = null;
    }
    more();
  };
  const watch = () => {
    Object.defineProperty(page.scatter, 'frame', { get: () => last, set: ms => frame(last = ms) });
    new MutationObserver(() => {
      const s = probe.selections.at(-1);
      if (s && !s.said && document.querySelector('#chosen canvas')) s.said = now() - s.from;
    }).observe(document.getElementById('chosen'), { childList: true });
  };
  Object.defineProperty(window, 'page', { get: () => page, set: value => { page = value; watch(); } });

  for (const name of ['putImageData', 'drawImage']) {
    const draw = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...args) {
      const result = draw.apply(this, args);
      if (this.canvas.id === 'decoded' && moved) {
        probe.pictures.push({ heard: now() - moved.heard, sent: now() - moved.sent });
        moved = null;
        more();
      }
      return result;
    };
  }
}
