// Owns: whether a finger may be on a list, so that nothing moves under it; and the moment after a move, when a tap is not meant.
// Never: what the list holds. Next: live/work-queue.js.

/** After the last touch, scroll, key or pointer move a finger may still be there for so long. */
const NEAR_MS = 2_500;
/** A tap this soon after things have moved was aimed at what stood there before. */
const AIM_MS = 350;

/** Watches one list. */
export class Steady {
  #down = false;
  #last = Number.NEGATIVE_INFINITY;
  #moved = Number.NEGATIVE_INFINITY;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #timer;
  #calm;

  /**
   * @param {HTMLElement} node
   * @param {() => void} calm called once nobody is near any more
   */
  constructor(node, calm) {
    this.#calm = calm;
    const near = () => this.#near();
    for (const kind of ["pointermove", "wheel", "scroll", "keydown", "input", "focusin"])
      node.addEventListener(kind, near, { passive: true, capture: true });
    const up = () => {
      this.#down = false;
      this.#near();
    };
    node.addEventListener("pointerdown", () => {
      this.#down = true;
      this.#near();
      for (const kind of ["pointerup", "pointercancel"]) addEventListener(kind, up, { once: true });
    });
    node.addEventListener(
      "click",
      (event) => {
        // A keyboard's click (detail 0) was aimed at the focus, which does not move.
        if (event.detail === 0 || performance.now() - this.#moved > AIM_MS) return;
        event.preventDefault();
        event.stopPropagation();
      },
      { capture: true },
    );
  }

  /** Whether something may be on the list. */
  get busy() {
    return this.#down || performance.now() - this.#last < NEAR_MS;
  }

  /** Says that things have just moved. */
  moved() {
    this.#moved = performance.now();
  }

  #near() {
    this.#last = performance.now();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.busy) this.#near();
      else this.#calm();
    }, NEAR_MS + 20);
  }
}
