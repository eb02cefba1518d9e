// Owns: the plan: tiles where the plan puts them, else in order; the arrow keys go from seat to seat.
// Never: moving a tile while a session runs. Next: seat-tile.js.
import { make, setAttribute } from "../kit/dom.js";
import { seatOrder } from "../kit/picture.js";
import { t } from "../kit/texts.js";
import { SeatTile } from "./seat-tile.js";

/** @typedef {import("../kit/types.js").Card} Card */

class SeatPlan extends HTMLElement {
  /** @type {Map<string, SeatTile>} */
  #tiles = new Map();
  /** @type {(seat: number, by: HTMLElement) => void} */
  onOpen = () => {};
  /** Seats that are chosen; null while a tap opens a sheet. @type {Set<number>|null} */
  #chosen = null;
  /** @type {(seats: number[]) => void} */
  onChoice = () => {};
  #grid = make("div", { class: "grid", role: "group", "aria-label": t("web-plan") });

  connectedCallback() {
    this.replaceChildren(this.#grid);
    this.#grid.addEventListener("click", (event) => {
      const tile = tileOf(event.target);
      if (!tile) return;
      const seat = Number(tile.dataset.seat);
      if (this.#chosen === null) this.onOpen(seat, tile);
      else this.#toggle(seat);
    });
    this.#grid.addEventListener("focusin", (event) => {
      const tile = tileOf(event.target);
      if (tile) this.#rove(tile);
    });
    this.#grid.addEventListener("keydown", (event) => this.#key(event));
  }

  /**
   * @param {Map<string, Card>} cards
   * @param {number} now_ms
   */
  showAll(cards, now_ms) {
    const keys = seatOrder(cards);
    const same = keys.length === this.#tiles.size && keys.every((key) => this.#tiles.has(key));
    if (!same) {
      for (const [key, tile] of this.#tiles) {
        if (cards.has(key)) continue;
        tile.node.remove();
        this.#tiles.delete(key);
      }
    }
    for (const key of keys) this.show(key, cards.get(key), now_ms);
    if (!same) this.#lay(keys);
  }

  /**
   * @param {string} key
   * @param {Card|undefined} card
   * @param {number} now_ms
   * @returns {boolean} whether the seat is on the plan already
   */
  show(key, card, now_ms) {
    if (card?.card !== "seat") return true;
    const known = this.#tiles.get(key);
    const tile = known ?? new SeatTile(card.seat);
    this.#tiles.set(key, tile);
    tile.show(card, now_ms);
    return known !== undefined;
  }

  /** @param {number} now_ms */
  tick(now_ms) {
    for (const tile of this.#tiles.values()) tile.tick(now_ms);
  }

  /** Begins to choose seats, or ends it. @param {boolean} choosing */
  choose(choosing) {
    this.#chosen = choosing ? new Set() : null;
    this.classList.toggle("choosing", choosing);
    this.#mark();
    if (choosing) this.onChoice([]);
  }

  /** @param {number[]} seats */
  chooseAll(seats) {
    if (this.#chosen === null) return;
    this.#chosen = new Set(this.#chosen.size === seats.length ? [] : seats);
    this.#mark();
    this.onChoice([...this.#chosen].sort((a, b) => a - b));
  }

  /** @param {number} seat */
  #toggle(seat) {
    if (this.#chosen === null) return;
    if (!this.#chosen.delete(seat)) this.#chosen.add(seat);
    this.#mark();
    this.onChoice([...this.#chosen].sort((a, b) => a - b));
  }

  #mark() {
    for (const tile of this.#tiles.values())
      setAttribute(tile.node, "aria-pressed", this.#chosen === null ? null : String(this.#chosen.has(tile.card?.seat ?? -1)));
  }

  /** @param {number|null} seat the one whose sheet is open */
  set open(seat) {
    for (const tile of this.#tiles.values()) tile.open = tile.card?.seat === seat;
  }

  /** @param {number} seat */
  focusSeat(seat) {
    this.#tiles.get(`seat/${seat}`)?.node.focus();
  }

  /** @param {string[]} keys */
  #lay(keys) {
    const tiles = keys.flatMap((key) => this.#tiles.get(key) ?? []);
    const placed = tiles.length > 0 && tiles.every((tile) => tile.card?.at);
    const columns = new Set();
    const rows = new Set();
    for (const tile of tiles) {
      const [column, row] = tile.card?.at ?? [0, 0];
      columns.add(column);
      rows.add(row);
      tile.node.style.setProperty("--column", String(column + 1));
      tile.node.style.setProperty("--row", String(row + 1));
    }
    this.classList.toggle("placed", placed);
    this.classList.toggle("many", tiles.length > 30);
    this.#grid.style.setProperty("--columns", tracks(columns, "minmax(70px, 1fr)"));
    this.#grid.style.setProperty("--rows", tracks(rows, "minmax(88px, 1fr)"));
    this.#grid.replaceChildren(...tiles.map((tile) => tile.node));
    const first = tiles[0]?.node;
    if (first && !this.#grid.querySelector("[tabindex='0']")) first.tabIndex = 0;
  }

  /** @param {HTMLElement} tile */
  #rove(tile) {
    for (const other of this.#grid.querySelectorAll("[tabindex='0']")) {
      if (other !== tile) other.setAttribute("tabindex", "-1");
    }
    tile.tabIndex = 0;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const from = tileOf(event.target);
    if (!from || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = /** @type {HTMLElement[]} */ ([...this.#grid.children]);
    const to = event.key === "Home" ? all[0] : event.key === "End" ? all.at(-1) : nearest(from, all, event.key);
    if (!to) return;
    event.preventDefault();
    to.focus();
  }
}
customElements.define("seat-plan", SeatPlan);

export { SeatPlan };

/**
 * The tracks of a grid: one that holds no seat is an aisle, and narrow.
 * @param {Set<number>} used from 0
 * @param {string} size of a track with seats
 */
function tracks(used, size) {
  return Array.from({ length: Math.max(0, ...used) + 1 }, (_, at) => (used.has(at) ? size : "14px")).join(" ");
}

/** @type {Record<string, [number, number]>} */
const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * The nearest tile in the direction of an arrow, as the plan is seen; sideways counts double.
 * @param {HTMLElement} from
 * @param {HTMLElement[]} all
 * @param {string} key
 * @returns {HTMLElement|undefined}
 */
function nearest(from, all, key) {
  const way = ways[key];
  if (!way) return undefined;
  const [dx, dy] = way;
  const here = from.getBoundingClientRect();
  let best;
  let bestFar = Number.POSITIVE_INFINITY;
  for (const tile of all) {
    const there = tile.getBoundingClientRect();
    const x = there.left - here.left;
    const y = there.top - here.top;
    const along = x * dx + y * dy;
    if (along < 4) continue;
    const far = along + 2 * Math.abs(x * dy + y * dx);
    if (far < bestFar) {
      best = tile;
      bestFar = far;
    }
  }
  return best;
}

/** @param {EventTarget|null} target */
function tileOf(target) {
  const tile = target instanceof Element ? target.closest("[data-seat]") : null;
  return tile instanceof HTMLElement ? tile : null;
}
