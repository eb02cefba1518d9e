// Minutes and the server's clock as the page counts them. Next: server/web/kit/clock.js.
import assert from "node:assert/strict";
import { test } from "node:test";
import { countdownWords, minutesLeft, minutesSince, minuteWords, ServerClock, timeWords } from "../../server/web/kit/clock.js";

test("the server's clock goes on between frames by the monotonic clock alone", () => {
  let monotonic = 5_000;
  const clock = new ServerClock(() => monotonic);
  assert.equal(clock.now(), 0, "nothing is known before the first frame");
  clock.hear(1_700_000_000_000);
  monotonic += 1_250;
  assert.equal(clock.now(), 1_700_000_001_250);
  assert.equal(clock.heard(), 1_700_000_000_000);
  clock.hear(1_700_000_000_900);
  assert.equal(clock.now(), 1_700_000_000_900, "a later frame is believed, even when it steps back");
});

test("minutes waited are whole and never negative", () => {
  assert.equal(minutesSince(0, 59_999), 0);
  assert.equal(minutesSince(0, 60_000), 1);
  assert.equal(minutesSince(60_000, 0), 0);
});

test("the last minute that is left is counted to its end", () => {
  assert.equal(minutesLeft(60_001, 0), 2);
  assert.equal(minutesLeft(60_000, 0), 1);
  assert.equal(minutesLeft(1, 0), 1);
  assert.equal(minutesLeft(0, 1), 0);
});

test("a countdown never shows a second too few", () => {
  assert.equal(countdownWords(65_000), "1:05");
  assert.equal(countdownWords(64_001), "1:05");
  assert.equal(countdownWords(-1), "0:00");
});

test("lengths and times are said in the reader's language", () => {
  assert.match(minuteWords(37, "fr"), /^37\smin$/u);
  assert.match(minuteWords(37, "en"), /^37\smin$/u);
  assert.match(timeWords(0, "fr"), /^\d\d:\d\d$/u);
});
