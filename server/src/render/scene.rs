//! What the cards of one room need beside its picture: the plan, the names, the charter's titles, the zone.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::tz::TimeZone;
use vigie_filters::RuleSet;
use vigie_protocol::StaffId;

use super::Distress;
use crate::store::Names;
use crate::store::places::RoomRow;

/// A room as its cards see it. Cheap to make again when a name, the plan or the charter changed.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) room: Arc<RoomRow>,
    pub(crate) names: Arc<Names>,
    /// The session's rules; none between sessions of a school that adopted no charter.
    pub(crate) rules: Option<Arc<RuleSet>>,
    pub(crate) zone: TimeZone,
    /// Days that the panel promises: [`crate::config::Retention`].
    pub(crate) retention: crate::config::Retention,
}

impl Scene {
    /// How much of a message of distress `reader` gets, given the session's owner and who is looking at this room now.
    pub(crate) fn distress_for(
        &self,
        reader: &StaffId,
        owner: Option<&StaffId>,
        online: &BTreeSet<StaffId>,
    ) -> Distress {
        let named = &self.names.distress;
        if named.contains(reader) {
            Distress::Full
        } else if owner == Some(reader) && named.is_disjoint(online) {
            Distress::Announced
        } else {
            Distress::Hidden
        }
    }
}
