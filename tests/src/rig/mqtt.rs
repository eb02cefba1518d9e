//! The few packets of MQTT 3.1.1 that a QoS 1 publisher and subscriber need, each in one WebSocket message.

/// CONNECT with a clean session and no keep-alive.
pub fn connect(client: &str) -> Vec<u8> {
    let mut body = vec![0, 4];
    body.extend_from_slice(b"MQTT");
    body.extend_from_slice(&[4, 0x02, 0, 0]);
    text(&mut body, client);
    packet(0x10, &body)
}

/// SUBSCRIBE to what a filter names, QoS 1.
pub fn subscribe(filter: &str) -> Vec<u8> {
    let mut body = vec![0, 1];
    text(&mut body, filter);
    body.push(1);
    packet(0x82, &body)
}

/// PUBLISH, QoS 1.
pub fn publish(topic: &str, id: u16, payload: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(payload.len() + topic.len() + 4);
    text(&mut body, topic);
    body.extend_from_slice(&id.to_be_bytes());
    body.extend_from_slice(payload);
    packet(0x32, &body)
}

/// PUBACK.
pub fn puback(id: u16) -> [u8; 4] {
    let [high, low] = id.to_be_bytes();
    [0x40, 2, high, low]
}

/// What a broker may say to us.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    Connected,
    Subscribed,
    /// One of ours is taken.
    Acked(u16),
    /// One of others', with its packet id.
    Published(u16),
    Other(u8),
}

/// Takes one packet off the front of `bytes`; none when it is not whole yet.
pub fn take(bytes: &mut &[u8]) -> Option<Said> {
    let (first, mut rest) = bytes.split_first()?;
    let mut length = 0_usize;
    for shift in [0, 7, 14, 21] {
        let (byte, after) = rest.split_first()?;
        rest = after;
        length |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    let body = rest.get(..length)?;
    let said = match first >> 4 {
        2 => Said::Connected,
        9 => Said::Subscribed,
        4 => Said::Acked(number(body)?),
        3 => {
            let topic = usize::from(number(body)?);
            Said::Published(number(body.get(2 + topic..)?)?)
        }
        other => Said::Other(other),
    };
    *bytes = rest.get(length..)?;
    Some(said)
}

fn number(bytes: &[u8]) -> Option<u16> {
    bytes
        .first_chunk()
        .map(|both: &[u8; 2]| u16::from_be_bytes(*both))
}

fn text(body: &mut Vec<u8>, text: &str) {
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    body.extend_from_slice(&length.to_be_bytes());
    body.extend_from_slice(text.as_bytes());
}

fn packet(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![kind];
    let mut left = body.len();
    loop {
        let low = u8::try_from(left % 128).unwrap_or(0);
        left /= 128;
        packet.push(if left > 0 { low | 0x80 } else { low });
        if left == 0 {
            break;
        }
    }
    packet.extend_from_slice(body);
    packet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_taken_one_by_one_and_only_when_whole() {
        let mut stream = publish("rig/1", 7, &[b'x'; 300]);
        stream.extend(puback(9));
        let mut rest = stream.as_slice();
        assert_eq!(take(&mut rest), Some(Said::Published(7)));
        assert_eq!(take(&mut rest), Some(Said::Acked(9)));
        assert_eq!(take(&mut rest), None);
        assert_eq!(take(&mut &stream[..200]), None);
    }
}
