// Elements of a page.

export const $ = id => document.getElementById(id);

/** element makes an element with properties and content. */
export function element(name, properties = {}, ...content) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...content);
  return made;
}

export const button = (text, heard, properties) => {
  const made = element('button', { type: 'button', ...properties }, text);
  made.addEventListener('click', heard);
  return made;
};

/** options fills a list with [value, name], and chooses one; with keep the one that was chosen, if it is still there. */
export function options(select, all, chosen = all[0]?.[0], keep = false) {
  const value = keep && all.some(([v]) => v === select.value) ? select.value : String(chosen);
  const same = select.options.length === all.length && all.every(([v, name], i) => select.options[i].value === v && select.options[i].text === name);
  if (!same) select.replaceChildren(...all.map(([v, name]) => new Option(name, v))); // who is at the list stays there else
  select.value = value;
}
