// Ids of commands. Next: server/web/kit/id.js.
import assert from "node:assert/strict";
import { test } from "node:test";
import { mintCommandId } from "../../server/web/kit/id.js";

test("an id is a UUID v7: milliseconds, version, variant, random bits", () => {
  // The example of RFC 9562, appendix A.6.
  const random = Uint8Array.from([0x0c, 0xc3, 0x98, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f]);
  assert.equal(mintCommandId(0x017f22e279b0, random), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
});

test("two taps never share an id, and later ones sort after", () => {
  const ids = Array.from({ length: 1000 }, (_, at) => mintCommandId(1_700_000_000_000 + at));
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual([...ids].sort(), ids);
});
