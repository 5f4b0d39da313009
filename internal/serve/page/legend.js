// The legend of a map: labels, each with a button that hides its images, or the ends of the colors of numbers.

import { colors, sign } from './colors.js';
import { css } from './scatter.js';

/** legend fills a list for maps whose points have one color; the first of them has the range of numbers. */
export function legend(list, of, classes, maps) {
  list.replaceChildren();
  if (of !== 'label') {
    const [low, high] = maps[0].range, item = document.createElement('li');
    item.textContent = `${of}: ${low.toPrecision(3)} dark to ${high.toPrecision(3)} light`;
    list.append(item);
    return;
  }
  classes.forEach((name, k) => {
    const item = document.createElement('li'), button = document.createElement('button'), mark = document.createElement('i');
    button.setAttribute('aria-pressed', 'true');
    mark.textContent = sign(k);
    mark.style.cssText = `display:inline-block;width:1em;font-style:normal;color:${css(colors()[k % colors().length])}`;
    button.append(mark, ' ', name);
    button.addEventListener('click', () => {
      const hide = !maps[0].hidden.has(k);
      button.setAttribute('aria-pressed', String(!hide));
      for (const map of maps) {
        map.hidden[hide ? 'add' : 'delete'](k);
        map.repaint();
      }
    });
    item.append(button);
    list.append(item);
  });
}
