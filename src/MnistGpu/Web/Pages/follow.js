// Follows the server's events to their end, and comes back when the connection is lost.

// So long without an answer, in milliseconds, and the program is taken to have ended.
const patience = 10000;

// A browser opens six connections to a server at most, for all of its pages. Hidden pages keep theirs while there are
// few of them, so that they hear of the end; any other leaves its own, and gets the whole state when it is seen again.
const seats = 3;
const lockOf = number => [`hidden page ${number}`, { ifAvailable: true }];
const take = number => new Promise(taken => navigator.locks.request(...lockOf(number), lock => {
  if (!lock) {
    taken(null);
    return null;
  }
  return new Promise(leave => taken(leave));
}));
async function seat() {
  for (let number = 0; navigator.locks && number < seats; number++) {
    const leave = await take(number);
    if (leave) return leave;
  }
  return null;
}

// parts: for each kind of event, what to do with its data. link: told "live", "lost" (it is tried again), "gone" (tried
// again, with little hope) and "over".
export function follow(parts, link) {
  let source = null, lostAt = null, over = false, leave = null;

  function close() {
    source?.close();
    source = null;
  }

  function lost() {
    lostAt ??= Date.now();
    const gone = Date.now() - lostAt > patience;
    link(gone ? 'gone' : 'lost');
    // A browser tries again by itself, once a second, unless it was refused.
    if (gone || source.readyState === EventSource.CLOSED) {
      close();
      setTimeout(attend, gone ? 5000 : 1000);
    }
  }

  function listen() {
    if (source || over) return;
    source = new EventSource('/api/events');
    for (const [name, show] of Object.entries(parts)) {
      source.addEventListener(name, event => show(JSON.parse(event.data)));
    }
    source.addEventListener('open', () => { lostAt = null; link('live'); });
    source.addEventListener('error', lost);
    source.addEventListener('end', () => {
      over = true;
      close();
      leave?.();
      link('over');
    });
  }

  async function attend() {
    if (over) return;
    if (!document.hidden) {
      leave?.();
      leave = null;
      listen();
    } else if (leave) {
      listen();
    } else {
      const got = await seat();
      // It may have been seen again meanwhile.
      if (leave || !document.hidden) {
        got?.();
      } else if (got) {
        leave = got;
        listen();
      } else {
        close();
      }
    }
  }

  document.addEventListener('visibilitychange', attend);
  attend();
}
