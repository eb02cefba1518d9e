//! The student panel's content as the server sends it: a snapshot, then parts that replace parts. Adds nothing to it.

use std::collections::BTreeMap;

use serde_json::Value;
use vigie_protocol::frame::SeatFrame;
use vigie_protocol::view::SeatView;
use vigie_protocol::{Rev, SessionId};

/// The panel's content.
#[derive(Debug, Default)]
pub(crate) struct Board {
    session: Option<SessionId>,
    rev: Rev,
    parts: BTreeMap<String, Value>,
    view: SeatView,
}

/// A part lies on a rev that is not here, or is not of its shape: the panel has to be asked for again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Gap {
    #[error("a part of the panel lies on another rev")]
    Rev,
    #[error("a part of the panel is not of its shape")]
    Shape,
}

impl Board {
    pub(crate) fn view(&self) -> &SeatView {
        &self.view
    }

    /// Lays a frame over what is here.
    pub(crate) fn lay(&mut self, frame: SeatFrame) -> Result<(), Gap> {
        match frame.after {
            None => {
                self.parts.clear();
                self.session = Some(frame.session);
            }
            Some(rev) if self.session.as_ref() == Some(&frame.session) && rev == self.rev => {}
            Some(_) => return Err(Gap::Rev),
        }
        self.parts.extend(frame.parts);
        let fields = self.parts.clone().into_iter().collect();
        self.view = serde_json::from_value(Value::Object(fields)).map_err(|_| Gap::Shape)?;
        self.rev = frame.rev;
        Ok(())
    }

    /// The session is over: what the panel showed of it is gone.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn frame(after: Option<u64>, rev: u64, parts: Value) -> SeatFrame {
        SeatFrame {
            session: "2026-11-24.a".parse().unwrap(),
            after: after.map(Rev),
            rev: Rev(rev),
            parts: serde_json::from_value(parts).unwrap(),
        }
    }

    #[test]
    fn parts_replace_parts_and_a_gap_is_seen() {
        let mut board = Board::default();
        assert_eq!(board.lay(frame(Some(3), 4, json!({}))), Err(Gap::Rev));
        board
            .lay(frame(None, 4, json!({"task": "Exposé", "help": "vu"})))
            .unwrap();
        board.lay(frame(Some(4), 9, json!({"help": ""}))).unwrap();
        assert_eq!(board.view().task, "Exposé");
        assert_eq!(board.view().help, "");
        assert_eq!(board.lay(frame(Some(4), 10, json!({}))), Err(Gap::Rev));
        assert_eq!(
            board.lay(frame(Some(9), 10, json!({"task": 3}))),
            Err(Gap::Shape)
        );
        board.lay(frame(None, 12, json!({}))).unwrap();
        assert_eq!(board.view(), &SeatView::default());
    }
}
