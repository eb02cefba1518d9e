// Owns: following one consigne to its receipts, seat by seat, for the words beside the button.
// Never: for ever; the seat sheet shows what comes later. Next: live/seat-sheet.js.
import { ask, roomPath } from "./api.js";

const PAUSES_MS = [300, 700, 1000, 2000, 3000, 5000];

/**
 * Asks for the seats' sheets until each has a receipt, and says each change in words.
 * @param {string} room
 * @param {number[]} seats
 * @param {string} command
 * @param {(words: string, settled: boolean) => void} say
 */
export async function followReceipts(room, seats, command, say) {
  for (const pause of PAUSES_MS) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    const lines = await Promise.all(seats.map((seat) => receipt(room, seat, command)));
    const known = lines.filter((line) => line !== undefined);
    if (known.length === 0) continue;
    const settled = known.length === seats.length && known.every((line) => line.state !== "pending");
    say([...new Set(known.map((line) => line.state_words))].join(" · "), settled);
    if (settled) return;
  }
}

/**
 * @param {string} room
 * @param {number} seat
 * @param {string} command
 */
async function receipt(room, seat, command) {
  const answer = await ask("GET", roomPath(room, "seats", seat), undefined, { quiet: true });
  if (!answer.ok) return undefined;
  return /** @type {import("./types.js").SheetView} */ (answer.value).commands.find((line) => line.command === command);
}
