// The legend of a map: labels, each with a button that hides its images, or the ends of the colors of numbers.

import { colors, css, ramped, sign, unlabeled } from './colors.js';
import { button, element } from './dom.js';

/** legend fills a list for maps whose points have one color; the first of them has the range of numbers. shaped says that labels have shapes. */
export function legend(list, of, classes, maps, shaped) {
  list.replaceChildren();
  const [{ hidden, range, labels }] = maps, repaint = () => {
    for (const map of maps) {
      map.hidden = hidden; // one for all
      map.repaint();
    }
  };
  if (of !== 'label') {
    const bar = element('span', { className: 'ramp' });
    bar.style.background = `linear-gradient(to right,${ramped})`;
    list.append(element('li', {}, `${of}: ${range[0].toPrecision(3)} `, bar, ` ${range[1].toPrecision(3)}`));
    if (hidden.size) {
      const all = button('Show hidden labels', () => {
        hidden.clear();
        repaint();
        all.parentElement.remove();
      });
      list.append(element('li', {}, all));
    }
    return;
  }
  const all = classes.map((name, k) => [k, name, shaped ? sign(k) : sign(2), css(colors()[k % colors().length])]), buttons = [];
  if (labels?.some(v => v < 0)) all.push([-1, 'no label', sign(shaped ? 0 : 2), css(unlabeled())]);
  const update = () => {
    all.forEach(([k], i) => buttons[i].setAttribute('aria-pressed', String(!hidden.has(k))));
    repaint();
  };
  all.forEach(([k, name, shape, color], i) => {
    const mark = element('i', {}, shape), one = button(mark, e => {
      if (e.shiftKey) {
        const alone = hidden.size === all.length - 1 && !hidden.has(k);
        hidden.clear();
        if (!alone) for (const [other] of all) if (other !== k) hidden.add(other);
      } else if (!hidden.delete(k)) hidden.add(k);
      update();
    }, { title: 'Hide or show; with Shift this one alone, or all', tabIndex: i ? -1 : 0 }); // the list is one stop for Tab, arrows go on from there
    mark.style.color = color;
    one.append(' ', name);
    one.addEventListener('keydown', e => {
      const to = { ArrowDown: i + 1, ArrowUp: i - 1, Home: 0, End: all.length - 1 }[e.key];
      if (to === undefined || !buttons[to]) return;
      e.preventDefault();
      one.tabIndex = -1;
      buttons[to].tabIndex = 0;
      buttons[to].focus();
    });
    buttons.push(one);
    list.append(element('li', {}, one));
  });
  if (all.length > 2) list.append(element('li', { className: 'note mouse' }, 'Shift: one alone'));
  update();
}
