// Cards by key, replaced whole; a gap asks for the snapshot. Next: server/web/kit/picture.js.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Picture, queueOrder, seatOrder } from "../../server/web/kit/picture.js";

const item = (/** @type {[number, number]} */ order) => /** @type {any} */ ({ card: "item", order });
const seat = (/** @type {number} */ number) => /** @type {any} */ ({ card: "seat", seat: number });
const snapshot = (/** @type {number} */ rev, session = "s") =>
  /** @type {any} */ ({ t: "snapshot", room: "r", session, rev, now_ms: 1, cards: { "seat/1": seat(1), "item/help/2": item([1, 2]) } });
const delta = (/** @type {number} */ after, /** @type {number} */ rev, /** @type {any} */ cards, session = "s") =>
  /** @type {any} */ ({ t: "delta", session, after, rev, now_ms: 1, cards });

test("a delta replaces cards by key, and null takes one away", () => {
  const picture = new Picture();
  assert.deepEqual(picture.take(snapshot(10)), { all: true, session: false });
  assert.deepEqual(picture.take(delta(10, 11, { "seat/1": seat(7), "item/help/2": null })), { keys: ["seat/1", "item/help/2"] });
  assert.deepEqual([...picture.cards], [["seat/1", seat(7)]]);
  assert.equal(picture.rev, 11);
});

test("a gap, another session or no snapshot yet asks for the snapshot and changes nothing", () => {
  const picture = new Picture();
  assert.deepEqual(picture.take(delta(0, 1, {})), { gap: true });
  picture.take(snapshot(10));
  assert.deepEqual(picture.take(delta(11, 12, { "seat/1": null })), { gap: true });
  assert.deepEqual(picture.take(delta(10, 11, { "seat/1": null }, "other")), { gap: true });
  assert.equal(picture.cards.size, 2);
  assert.equal(picture.rev, 10);
});

test("after a snapshot from beside the socket, an older delta is ignored and one that reaches over it is taken", () => {
  const picture = new Picture();
  picture.take(snapshot(10));
  assert.deepEqual(picture.take(delta(7, 9, { "seat/1": null })), { keys: [] });
  assert.deepEqual(picture.take(delta(9, 12, { "seat/1": null })), { keys: ["seat/1"] });
  assert.equal(picture.rev, 12);
});

test("a snapshot of another session says so", () => {
  const picture = new Picture();
  picture.take(snapshot(10));
  assert.deepEqual(picture.take(snapshot(1, "next")), { all: true, session: true });
});

test("a beat changes nothing", () => {
  const picture = new Picture();
  picture.take(snapshot(10));
  assert.deepEqual(picture.take({ t: "beat", now_ms: 5 }), { keys: [] });
});

test("the queue keeps the server's order, the plan the seats' numbers", () => {
  const cards = new Map([
    ["item/alert/9", item([1, 5])],
    ["seat/10", seat(10)],
    ["item/help/3", item([0, 99])],
    ["item/alert/8", item([1, 5])],
    ["item/alert/7", item([1, -4])],
    ["seat/2", seat(2)],
  ]);
  assert.deepEqual(queueOrder(cards), ["item/help/3", "item/alert/7", "item/alert/8", "item/alert/9"]);
  assert.deepEqual(seatOrder(cards), ["seat/2", "seat/10"]);
});
