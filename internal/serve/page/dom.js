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

export function options(select, all, chosen) {
  select.replaceChildren(...all.map(([value, name]) => new Option(name, value, false, value === String(chosen))));
}
