// Owns: drawing a room: seats on a grid, dragged by any pointer or moved with the arrow keys, added by a tap on a free place.
// Hooks: [data-seat=N] on the board; data-do="add-seat", "rows", "renumber", "remove-seat"; input named number.
// Never: which machine is where; a seat with one keeps its number and stays. Next: rooms-part.js, live/seat-plan.js.
import { button } from "../kit/act.js";
import { make, setText } from "../kit/dom.js";
import { icon } from "../kit/icons.js";
import { counted, t } from "../kit/texts.js";

/** Columns and rows that the server takes. */
const SIDE_MAX = 40;
const SEATS_MAX = 500;
/** Free places beyond the outermost seats, to drag into. */
const MARGIN = 2;
/** A press that moves less than this is a tap, pixels. */
const TAP_MAX = 5;

/** @typedef {import("../kit/types.js").PlanSeat} PlanSeat */
/** @typedef {{column: number, row: number, machine: boolean}} Spot */

/** @type {Record<string, [number, number]>} */
const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class PlanEditor {
  node;
  /** Called after each change. */
  onChange = () => {};
  /** @type {Map<number, Spot>} */
  #seats = new Map();
  /** @type {Map<number, HTMLButtonElement>} */
  #nodes = new Map();
  /** @type {number|null} */
  #chosen = null;
  #columns = 0;
  #rows = 0;
  #board = make("div", { class: "board", role: "group", "aria-label": t("setup-plan"), "aria-describedby": "plan-hint" });
  #said = make("p", { class: "unseen", role: "status" });
  #count = make("p", { class: "count" });
  #detail = make("div", { class: "detail" });
  #renumber = button(t("setup-renumber"), { do: "renumber" });

  /** @param {PlanSeat[]} seats */
  constructor(seats) {
    const add = button(t("setup-add-seat"), { do: "add-seat" }, icon("add"));
    add.addEventListener("click", () => this.#add(this.#freeSpot()));
    this.#renumber.addEventListener("click", () => this.#inOrder());
    this.#board.addEventListener("click", (event) => this.#tap(event));
    this.#board.addEventListener("keydown", (event) => this.#key(event));
    this.node = make(
      "div",
      { class: "plan-editor" },
      make("div", { class: "tools" }, this.#rowsForm(), add, this.#renumber, this.#count),
      make("p", { class: "hint", id: "plan-hint" }, t("setup-plan-hint")),
      make("div", { class: "scroll", tabindex: -1 }, this.#board),
      this.#detail,
      this.#said,
    );
    this.set(seats);
  }

  /** @returns {{seat: number, at: [number, number]}[]} as the server takes them */
  get seats() {
    return [...this.#seats].map(([seat, { column, row }]) => ({ seat, at: /** @type {[number, number]} */ ([column, row]) }));
  }

  /** @returns {PlanSeat[]} with what the page knows of machines */
  get drawing() {
    return [...this.#seats].map(([seat, { column, row, machine }]) => ({ seat, at: [column, row], machine }));
  }

  /** @param {PlanSeat[]} seats */
  set(seats) {
    this.#seats = new Map();
    for (const { seat, at, machine } of seats) if (at) this.#seats.set(seat, { column: at[0], row: at[1], machine });
    for (const { seat, at, machine } of seats) if (!at) this.#seats.set(seat, { ...this.#freeSpot(), machine });
    this.#chosen = null;
    this.#lay();
  }

  /** Fills the plan with rows; seats with a machine keep their numbers among them. */
  #rowsForm() {
    const seats = make("input", {
      type: "number",
      id: "rows-seats",
      name: "seats",
      min: 1,
      max: SEATS_MAX,
      inputmode: "numeric",
      autocomplete: "off",
    });
    const wide = make("input", {
      type: "number",
      id: "rows-wide",
      name: "wide",
      min: 1,
      max: SIDE_MAX,
      inputmode: "numeric",
      autocomplete: "off",
    });
    seats.value = "16";
    wide.value = "4";
    const lay = button(t("setup-lay-rows"), { do: "rows" });
    lay.addEventListener("click", () => {
      const count = within(seats, 1, SEATS_MAX);
      const columns = within(wide, Math.ceil(count / SIDE_MAX), SIDE_MAX);
      const kept = this.#seats;
      const all = Array.from({ length: count }, (_, at) => at + 1);
      for (const [seat, spot] of kept) if (spot.machine && seat > count) all.push(seat);
      this.#seats = new Map(
        all.map((seat, at) => [seat, { column: at % columns, row: Math.floor(at / columns), machine: kept.get(seat)?.machine ?? false }]),
      );
      this.#chosen = null;
      this.#changed();
    });
    return make(
      "div",
      { class: "rows-form", role: "group", "aria-label": t("setup-rows") },
      make("label", { for: seats.id }, t("setup-rows-seats")),
      seats,
      make("label", { for: wide.id }, t("setup-rows-wide")),
      wide,
      lay,
    );
  }

  #changed() {
    this.#lay();
    this.onChange();
  }

  #lay() {
    const spots = [...this.#seats.values()];
    // It grows with the seats and does not shrink under a finger.
    this.#columns = Math.min(SIDE_MAX, Math.max(this.#columns, 10, ...spots.map((spot) => spot.column + 1 + MARGIN)));
    this.#rows = Math.min(SIDE_MAX, Math.max(this.#rows, 6, ...spots.map((spot) => spot.row + 1 + MARGIN)));
    this.#board.style.setProperty("--columns", String(this.#columns));
    this.#board.style.setProperty("--rows", String(this.#rows));
    for (const [seat, node] of this.#nodes) {
      if (this.#seats.has(seat)) continue;
      node.remove();
      this.#nodes.delete(seat);
    }
    // In the order of the numbers, which is the order of the Tab key.
    for (const seat of [...this.#seats.keys()].sort((one, other) => one - other)) {
      const node = this.#nodes.get(seat) ?? this.#seatNode(seat);
      const spot = /** @type {Spot} */ (this.#seats.get(seat));
      node.style.setProperty("--column", String(spot.column + 1));
      node.style.setProperty("--row", String(spot.row + 1));
      node.setAttribute("aria-label", this.#seatWords(seat, spot));
      node.setAttribute("aria-pressed", String(seat === this.#chosen));
      node.classList.toggle("machine", spot.machine);
      if (node.parentNode !== this.#board) this.#board.append(node);
    }
    setText(this.#count, counted("web-seats", this.#seats.size));
    this.#renumber.hidden = spots.length === 0 || spots.some((spot) => spot.machine);
    this.#showDetail();
  }

  /**
   * @param {number} seat
   * @param {Spot} spot
   */
  #seatWords(seat, spot) {
    const place = `${t("setup-seat")} ${seat}, ${t("setup-column")} ${spot.column + 1}, ${t("setup-row")} ${spot.row + 1}`;
    return spot.machine ? `${place}, ${t("setup-has-machine")}` : place;
  }

  /** @param {number} seat */
  #seatNode(seat) {
    const node = make("button", { type: "button", class: "place", "data-seat": seat }, String(seat));
    this.#nodes.set(seat, node);
    node.addEventListener("pointerdown", (event) => this.#drag(seat, node, event));
    return node;
  }

  /**
   * Follows a pointer until it lets go.
   * @param {number} seat
   * @param {HTMLElement} node
   * @param {PointerEvent} down
   */
  #drag(seat, node, down) {
    if (down.button !== 0) return;
    node.setPointerCapture(down.pointerId);
    const done = new AbortController();
    let moved = false;
    const follow = (/** @type {PointerEvent} */ event) => {
      const x = event.clientX - down.clientX;
      const y = event.clientY - down.clientY;
      moved ||= Math.hypot(x, y) > TAP_MAX;
      if (!moved) return;
      node.classList.add("dragged");
      node.style.setProperty("--x", `${x}px`);
      node.style.setProperty("--y", `${y}px`);
    };
    const end = (/** @type {PointerEvent} */ event) => {
      done.abort();
      node.classList.remove("dragged");
      node.style.removeProperty("--x");
      node.style.removeProperty("--y");
      if (!moved || event.type === "pointercancel") return;
      const spot = this.#spotAt(event.clientX, event.clientY);
      if (spot) this.#move(seat, spot);
    };
    const how = { signal: done.signal };
    node.addEventListener("pointermove", follow, how);
    node.addEventListener("pointerup", end, how);
    node.addEventListener("pointercancel", end, how);
  }

  /**
   * The place under a point of the page.
   * @param {number} x
   * @param {number} y
   */
  #spotAt(x, y) {
    const box = this.#board.getBoundingClientRect();
    const column = Math.floor(((x - box.left) / box.width) * this.#columns);
    const row = Math.floor(((y - box.top) / box.height) * this.#rows);
    const inside = column >= 0 && row >= 0 && column < this.#columns && row < this.#rows;
    return inside ? { column, row } : null;
  }

  /**
   * Moves a seat; one that sits there already takes the place that is left.
   * @param {number} seat
   * @param {{column: number, row: number}} to
   */
  #move(seat, to) {
    const spot = this.#seats.get(seat);
    if (!spot || (spot.column === to.column && spot.row === to.row)) return;
    const other = this.#seatOn(to);
    if (other !== null) {
      const there = /** @type {Spot} */ (this.#seats.get(other));
      this.#seats.set(other, { ...there, column: spot.column, row: spot.row });
    }
    const now = { ...spot, ...to };
    this.#seats.set(seat, now);
    this.#chosen = seat;
    this.#changed();
    setText(this.#said, this.#seatWords(seat, now));
  }

  /** @param {{column: number, row: number}} at */
  #seatOn(at) {
    for (const [seat, spot] of this.#seats) if (spot.column === at.column && spot.row === at.row) return seat;
    return null;
  }

  /** The first free place after the last seat, row by row. */
  #freeSpot() {
    const spots = [...this.#seats.values()];
    const last = spots.reduce((most, spot) => (spot.row > most.row || (spot.row === most.row && spot.column > most.column) ? spot : most), {
      column: -1,
      row: 0,
    });
    const wide = Math.max(4, ...spots.map((spot) => spot.column + 1));
    let spot = { column: last.column + 1, row: last.row };
    for (;;) {
      if (spot.column >= wide) spot = { column: 0, row: spot.row + 1 };
      if (this.#seatOn(spot) === null) return spot;
      spot = { column: spot.column + 1, row: spot.row };
    }
  }

  /** @param {{column: number, row: number}} at */
  #add(at) {
    if (this.#seats.size >= SEATS_MAX || at.row >= SIDE_MAX) return;
    let seat = 1;
    while (this.#seats.has(seat)) seat += 1;
    this.#seats.set(seat, { ...at, machine: false });
    this.#chosen = seat;
    this.#changed();
    setText(this.#said, this.#seatWords(seat, { ...at, machine: false }));
  }

  /** @param {number} seat */
  #remove(seat) {
    if (this.#seats.get(seat)?.machine) return;
    this.#seats.delete(seat);
    this.#chosen = null;
    this.#changed();
    setText(this.#said, `${t("setup-seat")} ${seat} : ${t("setup-removed")}`);
    const near = [...this.#seats.keys()].sort((one, other) => Math.abs(one - seat) - Math.abs(other - seat))[0];
    if (near !== undefined) this.#nodes.get(near)?.focus();
  }

  /** From left to right, row by row. */
  #inOrder() {
    const spots = [...this.#seats.values()].sort((one, other) => one.row - other.row || one.column - other.column);
    this.#seats = new Map(spots.map((spot, at) => [at + 1, spot]));
    this.#chosen = null;
    this.#changed();
  }

  /** @param {MouseEvent} event */
  #tap(event) {
    const seat = seatOf(event.target);
    if (seat !== null) {
      this.#chosen = seat;
      this.#lay();
      return;
    }
    // A click of the keyboard on the board itself has no place.
    const spot = event.detail > 0 ? this.#spotAt(event.clientX, event.clientY) : null;
    if (spot && this.#seatOn(spot) === null) {
      this.#add(spot);
      if (this.#chosen !== null) this.#nodes.get(this.#chosen)?.focus();
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const seat = seatOf(event.target);
    if (seat === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const way = ways[event.key];
    const spot = this.#seats.get(seat);
    if (way && spot) {
      event.preventDefault();
      const to = { column: spot.column + way[0], row: spot.row + way[1] };
      if (to.column >= 0 && to.row >= 0 && to.column < SIDE_MAX && to.row < SIDE_MAX) this.#move(seat, to);
      this.#nodes.get(seat)?.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      this.#remove(seat);
    }
  }

  /** The chosen seat: its number, and its removal. */
  #showDetail() {
    const seat = this.#chosen;
    const spot = seat === null ? undefined : this.#seats.get(seat);
    if (seat === null || !spot) {
      this.#detail.replaceChildren();
      return;
    }
    if (this.#detail.dataset.seat === String(seat) && this.#detail.childElementCount > 0) return;
    this.#detail.dataset.seat = String(seat);
    const number = make("input", {
      type: "number",
      id: "seat-number",
      name: "number",
      min: 1,
      max: 9999,
      inputmode: "numeric",
      autocomplete: "off",
      disabled: spot.machine,
    });
    number.value = String(seat);
    number.addEventListener("change", () => this.#number(seat, Number(number.value), number));
    const remove = button(t("setup-remove-seat"), { class: "quiet danger", do: "remove-seat" });
    remove.addEventListener("click", () => this.#remove(seat));
    this.#detail.replaceChildren(
      make("label", { for: number.id }, t("setup-seat-number")),
      number,
      ...(spot.machine ? [make("p", { class: "hint" }, t("setup-seat-machine"))] : [remove]),
    );
  }

  /**
   * Gives a seat another number; the one that has it already takes the old one.
   * @param {number} seat
   * @param {number} now
   * @param {HTMLInputElement} from
   */
  #number(seat, now, from) {
    const spot = this.#seats.get(seat);
    const other = this.#seats.get(now);
    if (!spot || !Number.isInteger(now) || now < 1 || now > 9999 || other?.machine) {
      from.value = String(seat);
      return;
    }
    this.#seats.delete(seat);
    if (other) this.#seats.set(seat, other);
    this.#seats.set(now, spot);
    this.#chosen = now;
    this.#changed();
  }
}

/** @param {EventTarget|null} target */
function seatOf(target) {
  const node = target instanceof Element ? target.closest("[data-seat]") : null;
  return node instanceof HTMLElement ? Number(node.dataset.seat) : null;
}

/**
 * A number of a field, brought within its limits.
 * @param {HTMLInputElement} input
 * @param {number} min
 * @param {number} max
 */
function within(input, min, max) {
  const number = Math.round(Number(input.value)) || min;
  const kept = Math.min(max, Math.max(min, number));
  input.value = String(kept);
  return kept;
}
