// Owns: the server's clock as the page knows it, and lengths of time in words.
// Never: the tablet's own date, which may be wrong by hours. Next: picture.js.

/** The server's clock: set by each frame, carried on between frames by the monotonic clock. */
export class ServerClock {
  #server_ms = 0;
  #heard_ms = 0;
  /** @type {() => number} */
  #monotonic;

  /** @param {() => number} [monotonic] milliseconds that only ever grow */
  constructor(monotonic = () => performance.now()) {
    this.#monotonic = monotonic;
  }

  /** @param {number} now_ms the server's clock in a frame that has just come */
  hear(now_ms) {
    this.#server_ms = now_ms;
    this.#heard_ms = this.#monotonic();
  }

  /** The last stamp heard; 0 before the first frame. */
  heard() {
    return this.#server_ms;
  }

  /** Milliseconds since 1970 by the server's clock; 0 before the first frame. */
  now() {
    return this.#server_ms === 0 ? 0 : this.#server_ms + this.#monotonic() - this.#heard_ms;
  }
}

/**
 * Whole minutes that have passed; never negative.
 * @param {number} since_ms
 * @param {number} now_ms
 */
export function minutesSince(since_ms, now_ms) {
  return Math.max(0, Math.floor((now_ms - since_ms) / 60_000));
}

/**
 * Minutes that are left, the last one counted to its end; 0 once it is over.
 * @param {number} until_ms
 * @param {number} now_ms
 */
export function minutesLeft(until_ms, now_ms) {
  return Math.max(0, Math.ceil((until_ms - now_ms) / 60_000));
}

/**
 * `37 min`, in the reader's language.
 * @param {number} minutes
 * @param {string} lang
 */
export function minuteWords(minutes, lang) {
  return new Intl.NumberFormat(lang, { style: "unit", unit: "minute", unitDisplay: "short" }).format(minutes);
}

/** The school's time zone, as the server names it; undefined means the tablet's own. @type {string|undefined} */
let zone;

/**
 * Says in which zone times are told.
 * @param {string} name IANA; one that this browser does not know is left aside
 */
export function tellZone(name) {
  try {
    new Intl.DateTimeFormat("fr", { timeZone: name });
    zone = name;
  } catch {
    zone = undefined;
  }
}

/**
 * `14:22`, on the school's clock.
 * @param {number} at_ms
 * @param {string} lang
 */
export function timeWords(at_ms, lang) {
  return new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...inZone() }).format(at_ms);
}

/**
 * `mar. 24 nov. 14:00`, on the school's clock.
 * @param {number} at_ms
 * @param {string} lang
 */
export function dayWords(at_ms, lang) {
  const day = { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return new Intl.DateTimeFormat(lang, /** @type {Intl.DateTimeFormatOptions} */ ({ ...day, ...inZone() })).format(at_ms);
}

function inZone() {
  return zone === undefined ? {} : { timeZone: zone };
}

/**
 * `1:05`, for a countdown that an adult watches.
 * @param {number} left_ms
 */
export function countdownWords(left_ms) {
  const seconds = Math.max(0, Math.ceil(left_ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
