// Work that is asked for more often than it can be done.

/** latest makes of a function one that has a single call under way: of calls that come meanwhile, or within so many milliseconds after it, only the last is made. */
export function latest(work, gap = 0) {
  let busy = false, next = null;
  return async function call(...args) {
    if (busy) {
      next = args;
      return;
    }
    busy = true;
    try {
      await work(...args);
      if (gap) await new Promise(done => setTimeout(done, gap));
    } finally {
      busy = false;
      if (next) {
        const again = next;
        next = null;
        call(...again);
      }
    }
  };
}
