// What a person does on a map with mouse, fingers and keys.

/** listen has a Scatter hear of it. */
export function listen(map) {
  const c = map.canvas, pointers = new Map();
  let drag = null, pinch = 0;
  const at = e => {
    const box = c.getBoundingClientRect();
    return [(e.clientX - box.left) * map.ratio, (e.clientY - box.top) * map.ratio];
  };
  c.addEventListener('contextmenu', e => e.preventDefault());
  c.addEventListener('wheel', e => {
    e.preventDefault();
    map.zoom(Math.exp(-e.deltaY * (e.deltaMode ? 0.05 : 0.0015)), ...at(e));
  }, { passive: false });
  c.addEventListener('pointerdown', e => {
    c.setPointerCapture(e.pointerId);
    pointers.set(e.pointerId, at(e));
    if (pointers.size === 2) {
      drag = null;
      map.lasso = null;
      const [a, b] = [...pointers.values()];
      pinch = Math.hypot(a[0] - b[0], a[1] - b[1]);
      return;
    }
    const mode = e.button === 2 || e.button === 1 ? 'pan' : map.mode;
    drag = { mode, from: at(e), last: at(e), moved: false, shift: e.shiftKey };
    if (mode === 'lasso') map.lasso = [at(e)];
    if (mode === 'move' && !e.shiftKey) map.heard.move?.(...map.toMap(...at(e)));
  });
  c.addEventListener('pointermove', e => {
    const here = at(e);
    if (pointers.has(e.pointerId)) pointers.set(e.pointerId, here);
    if (pointers.size === 2) {
      const [a, b] = [...pointers.values()], now = Math.hypot(a[0] - b[0], a[1] - b[1]);
      if (pinch > 0 && now > 0) map.zoom(now / pinch, (a[0] + b[0]) / 2, (a[1] + b[1]) / 2);
      pinch = now;
      return;
    }
    if (!drag) return map.heard.hover?.(map.under(...here), e);
    if (Math.hypot(here[0] - drag.from[0], here[1] - drag.from[1]) > 4 * map.ratio) drag.moved = true;
    if (drag.mode === 'pan') {
      map.view.x += here[0] - drag.last[0];
      map.view.y += here[1] - drag.last[1];
      map.draw();
      map.rest();
    } else if (drag.mode === 'lasso') {
      map.lasso.push(here);
      map.draw();
    } else if (!drag.shift) {
      map.heard.move?.(...map.toMap(...here));
    }
    drag.last = here;
  });
  const end = e => {
    pointers.delete(e.pointerId);
    if (!drag) return;
    const done = drag;
    drag = null;
    if (done.mode === 'lasso') {
      const polygon = map.lasso;
      map.lasso = null;
      map.heard.select?.(done.moved ? map.enclosed(polygon) : []);
    } else if (!done.moved) {
      const i = map.under(...done.from);
      if (i >= 0) map.heard.pick?.(i, done.shift);
    }
    map.draw();
  };
  c.addEventListener('pointerup', end);
  c.addEventListener('pointercancel', e => { // taken for something else: nothing was picked
    pointers.delete(e.pointerId);
    drag = map.lasso = null;
    map.draw();
  });
  c.addEventListener('pointerleave', e => map.heard.hover?.(-1, e));
  c.addEventListener('keydown', e => {
    const step = (e.shiftKey ? 20 : 2) * map.ratio / map.view.scale;
    const [x, y] = map.cursor || map.toMap(c.width / 2, c.height / 2);
    const ways = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    if (ways[e.key]) {
      e.preventDefault();
      map.heard.move?.(x + ways[e.key][0], y + ways[e.key][1]);
    } else if (e.key === '+' || e.key === '=') map.zoom(1.25);
    else if (e.key === '-') map.zoom(0.8);
    else if (e.key === '0') map.fit();
    else if (e.key === 'Escape') map.heard.select?.([]);
    else if (e.key === 'Enter') {
      const i = map.under(...map.toScreen(x, y));
      if (i >= 0) map.heard.pick?.(i, e.shiftKey);
    }
  });
}
