//! The bytes of a spool file: records, each `mark, kind, length (u32 le), checksum (u32 le), payload`.
//!
//! The checksum (CRC-32) covers kind, length and payload. Reading skips what is damaged and takes up again at the next record
//! that is whole, so that one bad sector costs what lay in it. Never trusts a length before its checksum.

use vigie_protocol::{Event, Seq};

/// First byte of a record: no JSON text begins with it, and no UTF-8 text contains it.
const MARK: u8 = 0xF6;
const HEAD_BYTES: usize = 10;
/// Largest payload; the link's largest frame is smaller than it. A longer event is refused.
const PAYLOAD_MAX: usize = 1 << 20;

/// One record.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Record {
    /// An event.
    Event(Box<Event>),
    /// Everything up to here is durable at the server, or was given up.
    Settled(Seq),
}

/// A record as it was found in a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub(super) at: usize,
    pub(super) bytes: usize,
    pub(super) record: Record,
}

/// Appends the record's bytes; none when it is too large.
pub(super) fn write(record: &Record, bytes: &mut Vec<u8>) -> Option<usize> {
    let (kind, payload) = match record {
        Record::Event(event) => (b'E', serde_json::to_vec(event).ok()?),
        Record::Settled(through) => (b'S', through.0.to_le_bytes().to_vec()),
    };
    if payload.len() > PAYLOAD_MAX {
        return None;
    }
    let length = u32::try_from(payload.len()).ok()?.to_le_bytes();
    bytes.push(MARK);
    bytes.push(kind);
    bytes.extend(length);
    bytes.extend(checksum(kind, length, &payload).to_le_bytes());
    bytes.extend(&payload);
    Some(HEAD_BYTES.saturating_add(payload.len()))
}

/// Every whole record, in order. Whatever lies between them is damage.
pub(super) fn read(bytes: &[u8]) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        if let Some((record, length)) = parse(rest) {
            found.push(Found {
                at,
                bytes: length,
                record,
            });
            at = at.saturating_add(length);
        } else {
            let next = rest.iter().skip(1).position(|byte| *byte == MARK);
            at = next.map_or(bytes.len(), |next| {
                at.saturating_add(next).saturating_add(1)
            });
        }
    }
    found
}

fn parse(bytes: &[u8]) -> Option<(Record, usize)> {
    let (head, rest) = bytes.split_first_chunk::<HEAD_BYTES>()?;
    let [mark, kind, l0, l1, l2, l3, c0, c1, c2, c3] = *head;
    let length_bytes = [l0, l1, l2, l3];
    let length = usize::try_from(u32::from_le_bytes(length_bytes)).ok()?;
    if mark != MARK || length > PAYLOAD_MAX {
        return None;
    }
    let payload = rest.get(..length)?;
    if checksum(kind, length_bytes, payload) != u32::from_le_bytes([c0, c1, c2, c3]) {
        return None;
    }
    let record = match kind {
        b'E' => Record::Event(serde_json::from_slice(payload).ok()?),
        b'S' => Record::Settled(Seq(u64::from_le_bytes(payload.try_into().ok()?))),
        _ => return None,
    };
    Some((record, HEAD_BYTES.saturating_add(length)))
}

fn checksum(kind: u8, length: [u8; 4], payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&[kind]);
    hasher.update(&length);
    hasher.update(payload);
    hasher.finalize()
}
