// What is asked of the server. Bodies of numbers are little-endian float32.

/** Fault is an answer that says why there is none. */
export class Fault extends Error {}

async function answer(path, options, again = 2) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (cause) {
    if (cause.name === 'AbortError') throw cause;
    throw new Fault('the program does not answer: is it still running?');
  }
  if (response.status === 429 && again > 0) { // too many at once: the program asks to come again
    await new Promise(done => setTimeout(done, 1000 * (Number(response.headers.get('Retry-After')) || 1)));
    return answer(path, options, again - 1);
  }
  if (!response.ok) throw new Fault((await response.text()).trim());
  return response;
}

const query = values => {
  const all = Object.entries(values || {}).filter(([, v]) => v !== undefined && v !== null && v !== '');
  return all.length ? '?' + new URLSearchParams(all) : '';
};

export const json = async (path, values, options) => (await answer(path + query(values), options)).json();
export const text = async (path, values) => (await answer(path + query(values))).text();
export const bytes = async (path, values, options) => (await answer(path + query(values), options)).arrayBuffer();
export const blob = async (path, values, options) => (await answer(path + query(values), options)).blob();
export const address = (path, values) => path + query(values);

/** post sends numbers. */
export const post = body => ({ method: 'POST', body, headers: { 'Content-Type': 'application/octet-stream' } });

/** points are the places of a map, or how far it has come. */
export async function points(path, map) {
  const response = await answer(path + query({ map }));
  if (response.headers.get('Content-Type').startsWith('application/json')) return { stage: await response.json() };
  return { places: new Float32Array(await response.arrayBuffer()) };
}
