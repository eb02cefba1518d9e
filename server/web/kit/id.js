// Owns: minting the id of a command, a UUID v7, at the tap that asks for it. A retry reuses it.
// Never: an id for anything that the server names. Next: api.js.

/**
 * A UUID v7 (RFC 9562, 5.7): 48 bits of milliseconds, then 74 random bits.
 * @param {number} [now_ms]
 * @param {Uint8Array} [random] 10 bytes
 */
export function mintCommandId(now_ms = Date.now(), random = crypto.getRandomValues(new Uint8Array(10))) {
  const bytes = new Uint8Array(16);
  let time = Math.floor(now_ms);
  for (let at = 5; at >= 0; at -= 1) {
    bytes[at] = time % 256;
    time = Math.floor(time / 256);
  }
  bytes.set(random.subarray(0, 10), 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
