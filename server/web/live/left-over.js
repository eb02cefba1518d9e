// Owns: what the last sessions of a room have left open: alerts that can still be dealt with after the end.
// Hooks: [data-left="2026-11-24.…"]; in it the queue's own entries. Next: queue-item.js.
import { ask, roomPath } from "../kit/api.js";
import { dayWords, timeWords } from "../kit/clock.js";
import { make } from "../kit/dom.js";
import { lang, t } from "../kit/texts.js";
import { QueueItem } from "./queue-item.js";

/** @typedef {{session: string, task: string, started_ms: number, ended_ms: number, items: import("../kit/types.js").ItemCard[]}} Left */

/**
 * @param {string} room
 * @returns {HTMLElement} empty when nothing is left
 */
export function leftOver(room) {
  const node = make("div", { class: "left-over" });
  const load = async () => {
    const answer = await ask("GET", roomPath(room, "left"), undefined, { quiet: true });
    if (!answer.ok || (!node.isConnected && node.firstChild)) return;
    const all = /** @type {Left[]} */ (answer.value);
    node.replaceChildren(...(all.length > 0 ? [make("h2", {}, t("web-left"))] : []), ...all.map((left) => session(left)));
  };
  /** @param {Left} left */
  const session = (left) => {
    const when = `${dayWords(left.started_ms, lang())} – ${timeWords(left.ended_ms, lang())}`;
    const list = make("div", { class: "items", role: "list" });
    for (const card of left.items) {
      const item = new QueueItem();
      item.room = room;
      item.session = left.session;
      item.dataset.item = `item/alert/${card.alert}`;
      item.addEventListener("dealt", () => void load());
      list.append(item);
      item.show(card, 0);
    }
    return make("section", { "data-left": left.session }, make("h3", {}, `${left.task} · ${when}`), list);
  };
  void load();
  return node;
}
