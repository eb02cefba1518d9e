// Owns: the link to a room: snapshot, deltas, and coming back after a cut. The last picture stays; since when it is old is said.
// Never: a card's meaning. Next: picture.js, pages/live-room.js.
import { ask, roomPath } from "./api.js";
import { ServerClock } from "./clock.js";
import { Picture } from "./picture.js";

/** Nothing heard for so long, with a beat due every few seconds, means that the link is dead. */
const SILENCE_MS = 15_000;
/** A socket that has not brought its snapshot by then is given up. */
const OPENING_MS = 5_000;
/** Waits between tries; the last one repeats. */
const BACK_OFF_MS = [100, 250, 500, 800];

/**
 * Events: `frame` with what a frame did ({@link import("./picture.js").Taken}), `link` when `oldSince` changes, and `gone` with
 * a status when the room may not be seen (any more).
 */
export class LiveLink extends EventTarget {
  picture = new Picture();
  clock = new ServerClock();
  /** Since when the picture is old, by the server's clock; null while it is fresh. @type {number|null} */
  oldSince = null;
  #room;
  /** @type {WebSocket|null} */
  #socket = null;
  #tries = 0;
  #open = false;
  #fetching = false;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #retry;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #silence;
  #awake = () => {
    if (document.visibilityState === "visible" && !this.#socket) this.#connect();
  };

  /** @param {string} room */
  constructor(room) {
    super();
    this.#room = room;
  }

  open() {
    this.#open = true;
    addEventListener("online", this.#awake);
    document.addEventListener("visibilitychange", this.#awake);
    this.#connect();
  }

  close() {
    this.#open = false;
    removeEventListener("online", this.#awake);
    document.removeEventListener("visibilitychange", this.#awake);
    clearTimeout(this.#retry);
    clearTimeout(this.#silence);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
  }

  /** Drops the link and connects anew: after a new login, or to be sure. */
  renew() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
    this.#tries = 0;
    if (this.#open) this.#connect();
  }

  #connect() {
    clearTimeout(this.#retry);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/api/v1/${roomPath(this.#room, "live")}`);
    this.#socket = socket;
    this.#listen(OPENING_MS);
    let heard = false;
    socket.addEventListener("message", (event) => {
      if (socket !== this.#socket) return;
      heard = true;
      this.#tries = 0;
      this.#hear(event.data);
    });
    socket.addEventListener("close", () => {
      if (socket === this.#socket) this.#lost(heard);
    });
  }

  /** @param {number} patience_ms */
  #listen(patience_ms) {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      const socket = this.#socket;
      this.#lost(true);
      socket?.close();
    }, patience_ms);
  }

  /** @param {string} text */
  #hear(text) {
    /** @type {import("./types.js").LiveFrame} */
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    this.#listen(SILENCE_MS);
    this.#take(frame);
  }

  /** @param {import("./types.js").LiveFrame} frame */
  #take(frame) {
    this.clock.hear(frame.now_ms);
    const taken = this.picture.take(frame);
    if ("gap" in taken) {
      void this.#fetch();
      return;
    }
    // A beat says that the link lives; only a picture says that the picture is fresh again, and it stays so only with a socket.
    if (this.oldSince !== null && "all" in taken) {
      this.oldSince = this.#socket?.readyState === WebSocket.OPEN ? null : frame.now_ms;
      this.dispatchEvent(new Event("link"));
    }
    this.dispatchEvent(new CustomEvent("frame", { detail: taken }));
  }

  /** Fetches the snapshot beside the socket: after a gap, or to learn why a socket would not open. */
  async #fetch() {
    if (this.#fetching) return;
    this.#fetching = true;
    const answer = await ask("GET", roomPath(this.#room));
    this.#fetching = false;
    if (!this.#open) return;
    if (answer.ok) this.#take(/** @type {import("./types.js").Snapshot} */ (answer.value));
    else if (answer.status === 401 || answer.status === 403 || answer.status === 404) {
      this.close();
      this.dispatchEvent(new CustomEvent("gone", { detail: answer }));
    }
  }

  /** @param {boolean} heard whether this socket had ever brought a frame */
  #lost(heard) {
    this.#socket = null;
    clearTimeout(this.#silence);
    if (!this.#open) return;
    if (this.oldSince === null) {
      this.oldSince = this.clock.heard();
      this.dispatchEvent(new Event("link"));
    }
    // A socket that never spoke may have been refused: a plain request says why (signed out, another school's room).
    if (!heard && this.#tries > 0) void this.#fetch();
    const pause = BACK_OFF_MS[Math.min(this.#tries, BACK_OFF_MS.length - 1)] ?? 800;
    this.#tries += 1;
    this.#retry = setTimeout(() => this.#connect(), pause * (0.75 + Math.random() / 2));
  }
}
