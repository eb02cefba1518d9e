// Owns: the room as the tablet knows it: cards by key, and the rev they stand at. A card is replaced whole.
// Never: working out what a card means; the server did. Next: live-link.js, which feeds it.

/** @typedef {import("./types.js").Card} Card */
/** @typedef {import("./types.js").LiveFrame} LiveFrame */

/** What a frame did: `all` for a new picture, the keys that changed, or a gap that asks for a new picture. */
/** @typedef {{all: true, session: boolean}|{keys: string[]}|{gap: true}} Taken */

/** The picture. */
export class Picture {
  /** @type {Map<string, Card>} */
  cards = new Map();
  /** @type {string|null} */
  session = null;
  /** Rev of the picture; -1 before the first snapshot. */
  rev = -1;

  /**
   * @param {LiveFrame} frame
   * @returns {Taken}
   */
  take(frame) {
    switch (frame.t) {
      case "snapshot": {
        const session = this.rev >= 0 && this.session !== frame.session;
        this.cards = new Map(Object.entries(frame.cards));
        this.session = frame.session;
        this.rev = frame.rev;
        return { all: true, session };
      }
      case "delta":
        return this.#change(frame);
      default:
        return { keys: [] };
    }
  }

  /**
   * A delta brings every card that changed after `after`, as it stands at `rev`. One that reaches back before our rev, as
   * after a snapshot that was fetched beside the socket, is still whole; one that starts after it leaves a gap.
   * @param {import("./types.js").Delta} delta
   * @returns {Taken}
   */
  #change(delta) {
    if (this.rev < 0 || delta.session !== this.session || delta.after > this.rev) return { gap: true };
    if (delta.rev < this.rev) return { keys: [] };
    for (const [key, card] of Object.entries(delta.cards)) {
      if (card === null) this.cards.delete(key);
      else this.cards.set(key, card);
    }
    this.rev = delta.rev;
    return { keys: Object.keys(delta.cards) };
  }
}

/**
 * Keys of the queue's entries, first to be dealt with first: by the server's order, then by key so that no two tablets differ.
 * @param {Map<string, Card>} cards
 * @returns {string[]}
 */
export function queueOrder(cards) {
  /** @type {[string, [number, number]][]} */
  const items = [];
  for (const [key, card] of cards) if (card.card === "item") items.push([key, card.order]);
  items.sort(([keyA, a], [keyB, b]) => a[0] - b[0] || a[1] - b[1] || (keyA < keyB ? -1 : 1));
  return items.map(([key]) => key);
}

/**
 * Keys of the queue's entries for an adult who walks: distress first all the same, then seat by seat.
 * @param {Map<string, Card>} cards
 * @returns {string[]}
 */
export function walkOrder(cards) {
  const seat = (/** @type {string} */ key) => {
    const card = cards.get(key);
    return card?.card === "item" ? (card.seats[0] ?? 0) : 0;
  };
  const first = (/** @type {string} */ key) => {
    const card = cards.get(key);
    return card?.card === "item" && card.order[0] === 0 ? 0 : 1;
  };
  return queueOrder(cards).sort((a, b) => first(a) - first(b) || seat(a) - seat(b));
}

/**
 * Keys of the commands, the newest first; what still waits or holds before the others.
 * @param {Map<string, Card>} cards
 * @returns {string[]}
 */
export function commandOrder(cards) {
  /** @type {[string, number, number][]} */
  const orders = [];
  for (const [key, card] of cards) if (card.card === "order") orders.push([key, card.until_ms === null ? 1 : 0, card.at_ms]);
  return orders.sort((a, b) => a[1] - b[1] || b[2] - a[2]).map(([key]) => key);
}

/**
 * Keys of the seats, by number.
 * @param {Map<string, Card>} cards
 * @returns {string[]}
 */
export function seatOrder(cards) {
  /** @type {[string, number][]} */
  const seats = [];
  for (const [key, card] of cards) if (card.card === "seat") seats.push([key, card.seat]);
  return seats.sort((a, b) => a[1] - b[1]).map(([key]) => key);
}
