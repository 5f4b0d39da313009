// The legend of a map: labels, each with a button that hides its images, or the ends of the colors of numbers.

import { colors, css, ramped, sign, unlabeled } from './colors.js';

/** legend fills a list for maps whose points have one color; the first of them has the range of numbers. */
export function legend(list, of, classes, maps) {
  list.replaceChildren();
  if (of !== 'label') {
    const [low, high] = maps[0].range, item = document.createElement('li'), bar = document.createElement('span');
    bar.className = 'ramp';
    bar.style.background = `linear-gradient(to right,${ramped})`;
    item.append(`${of}: ${low.toPrecision(3)} `, bar, ` ${high.toPrecision(3)}`);
    list.append(item);
    return;
  }
  const all = classes.map((name, k) => [k, name, sign(k), css(colors()[k % colors().length])]), buttons = [];
  if (maps[0].values?.some(v => v < 0)) all.push([-1, 'no label', sign(0), css(unlabeled())]);
  const hidden = maps[0].hidden, update = () => {
    all.forEach(([k], i) => buttons[i].setAttribute('aria-pressed', String(!hidden.has(k))));
    for (const map of maps) {
      map.hidden = hidden; // one for all
      map.repaint();
    }
  };
  all.forEach(([k, name, shape, color], i) => {
    const item = document.createElement('li'), button = document.createElement('button'), mark = document.createElement('i');
    button.title = 'Hide or show; with Shift this one alone, or all';
    button.setAttribute('aria-pressed', 'true');
    button.tabIndex = i ? -1 : 0; // the list is one stop for Tab, arrows go on from there
    mark.textContent = shape;
    mark.style.color = color;
    button.append(mark, ' ', name);
    button.addEventListener('click', e => {
      if (e.shiftKey) {
        const alone = hidden.size === all.length - 1 && !hidden.has(k);
        hidden.clear();
        if (!alone) for (const [other] of all) if (other !== k) hidden.add(other);
      } else if (!hidden.delete(k)) hidden.add(k);
      update();
    });
    button.addEventListener('keydown', e => {
      const to = { ArrowDown: i + 1, ArrowUp: i - 1, Home: 0, End: all.length - 1 }[e.key];
      if (to === undefined || !buttons[to]) return;
      e.preventDefault();
      button.tabIndex = -1;
      buttons[to].tabIndex = 0;
      buttons[to].focus();
    });
    buttons.push(button);
    item.append(button);
    list.append(item);
  });
}
