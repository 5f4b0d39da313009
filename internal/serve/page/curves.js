// Curves of numbers over epochs. The first epochs, which are far above the others, do not squeeze them.

export function curves(canvas, epochs, all) {
  const c = canvas.getContext('2d'), { width, height } = canvas, left = 70, bottom = 30, top = 12, right = 12;
  const style = getComputedStyle(document.body), finite = v => v !== null, known = all.flatMap(([, values]) => values.slice(epochs.length > 5 ? 1 : 0)).filter(finite);
  if (!known.length) return;
  let low = Infinity, high = -Infinity;
  for (const v of known) [low, high] = [Math.min(low, v), Math.max(high, v)];
  for (const v of all.map(([, values]) => values[0]).filter(finite)) if (v < high + 2 * (high - low)) high = Math.max(high, v); // else it is cut
  if (low === high) [low, high] = [low - 1, high + 1];
  const x = e => left + (width - left - right) * (e - epochs[0]) / (epochs[epochs.length - 1] - epochs[0] || 1);
  const y = v => top + (height - top - bottom) * (high - v) / (high - low);
  c.clearRect(0, 0, width, height);
  Object.assign(c, { font: '18px system-ui, sans-serif', fillStyle: style.color, strokeStyle: style.color, lineWidth: 1, textBaseline: 'middle' });
  c.strokeRect(left, top, width - left - right, height - top - bottom);
  c.textAlign = 'right';
  for (const v of [low, (low + high) / 2, high]) c.fillText(v.toPrecision(4), left - 6, y(v));
  c.textAlign = 'center';
  for (const e of [epochs[0], epochs[epochs.length - 1]]) c.fillText(String(e), Math.min(Math.max(x(e), left + 10), width - right - 10), height - bottom / 2);
  c.textAlign = 'left';
  all.forEach(([name, values, color], k) => {
    c.strokeStyle = c.fillStyle = color;
    c.lineWidth = 3;
    c.beginPath();
    let drawn = false;
    values.forEach((v, i) => {
      if (v === null) return;
      const place = [x(epochs[i]), Math.max(top, y(v))];
      if (drawn) c.lineTo(...place);
      else c.moveTo(...place);
      drawn = true;
    });
    c.stroke();
    if (drawn) c.fillText(name, width - right - 110, top + 14 + 22 * k);
  });
}
