// Owns: one class over every room in which it sits, who needs me first. Hooks: class-view[class-name]; [data-place="ROOM/4"]; data-do="back".
// Never: an order of its own; moving an entry under a finger: the list is drawn again only when nobody touches it.
import { ask } from "../kit/api.js";
import { minutesSince, minuteWords, timeWords } from "../kit/clock.js";
import { make, setText } from "../kit/dom.js";
import { icon } from "../kit/icons.js";
import { showPills } from "../kit/pills.js";
import { Steady } from "../kit/steady.js";
import { lang, t } from "../kit/texts.js";

const REFRESH_MS = 2_500;

/** @typedef {{room: string, room_name: string, school: string, seat: import("../kit/types.js").SeatCard}} Place */
/** @typedef {{class: string, now_ms: number, rooms: {room: string, bar: import("../kit/types.js").BarCard}[], places: Place[]}} View */

class ClassView extends HTMLElement {
  #name = "";
  #said = "";
  #now_ms = 0;
  /** @type {View|null} */
  #view = null;
  #notice = make("p", { class: "notice", role: "status" });
  #rooms = make("div", { class: "cards" });
  #list = make("ol", { class: "places" });
  #steady = new Steady(this.#list, () => this.#draw());
  /** @type {ReturnType<typeof setInterval>|undefined} */
  #timer;

  connectedCallback() {
    this.#name = this.getAttribute("class-name") ?? "";
    const back = make(
      "a",
      { href: "/", class: "back", "data-go": true, "data-do": "back", "aria-label": t("web-all-rooms") },
      icon("back"),
    );
    this.replaceChildren(
      make("header", { class: "top" }, back, make("h1", {}, make("bdi", {}, this.#name))),
      make("main", {}, this.#notice, this.#rooms, this.#list),
    );
    void this.#refresh();
    this.#timer = setInterval(() => {
      if (document.visibilityState === "visible") void this.#refresh();
    }, REFRESH_MS);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  async #refresh() {
    const answer = await ask("GET", `class?class=${encodeURIComponent(this.#name)}`);
    if (!this.isConnected) return;
    if (!answer.ok) {
      // The last picture stays, and says since when it is old.
      const since = this.#now_ms === 0 ? "" : ` ${t("web-old-since")} ${timeWords(this.#now_ms, lang())}.`;
      setText(this.#notice, `${answer.words}${since}`);
      return;
    }
    this.#view = /** @type {View} */ (answer.value);
    this.#now_ms = this.#view.now_ms;
    setText(this.#notice, this.#view.places.length === 0 ? t("web-class-nowhere") : "");
    if (!this.#steady.busy) this.#draw();
  }

  #draw() {
    const view = this.#view;
    if (!view) return;
    const said = JSON.stringify([view.rooms, view.places, Math.floor(view.now_ms / 60_000)]);
    if (said === this.#said) return;
    this.#said = said;
    this.#rooms.replaceChildren(
      ...view.rooms.map(({ room, bar }) => {
        const pills = make("ul", { class: "pills" });
        showPills(pills, bar.pills);
        const open = make("a", { href: `/rooms/${encodeURIComponent(room)}`, "data-go": true, class: "open" }, bar.room);
        return make("article", { class: "room on" }, make("h2", {}, open), make("p", { class: "task" }, bar.line), pills);
      }),
    );
    this.#list.replaceChildren(...view.places.map((place) => this.#place(place, view.now_ms)));
    this.#steady.moved();
  }

  /**
   * @param {Place} place
   * @param {number} now_ms
   */
  #place({ room, room_name, seat }, now_ms) {
    const waits = seat.state === "hand" && seat.since_ms !== null ? ` · ${minuteWords(minutesSince(seat.since_ms, now_ms), lang())}` : "";
    const words = `${seat.state_words}${waits}${seat.tag === "" ? "" : ` · ${seat.tag}`}`;
    return make(
      "li",
      { class: seat.state, "data-place": `${room}/${seat.seat}`, "data-state": seat.state },
      icon(seat.state),
      make(
        "a",
        { href: `/rooms/${encodeURIComponent(room)}?seat=${seat.seat}`, "data-go": true },
        make("bdi", {}, seat.who),
        make("small", {}, ` ${room_name}, ${t("web-seat")} ${seat.seat}`),
      ),
      make("span", { class: "words" }, words),
      make("span", { class: "front" }, seat.front),
    );
  }
}
customElements.define("class-view", ClassView);
