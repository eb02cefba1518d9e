//! What the cards of one room need beside its picture: the plan, the names, the charter's titles, the zone.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use vigie_filters::{Rule, RuleSet};
use vigie_protocol::{RuleId, StaffId, Stamp};

use super::Distress;
use crate::store::Names;
use crate::store::places::RoomRow;
use crate::texts::Lang;

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

    /// A moment on the school's clock: `14:25`.
    pub(super) fn time(&self, at: Stamp) -> String {
        let zoned = Timestamp::from_millisecond(at.0)
            .unwrap_or(Timestamp::UNIX_EPOCH)
            .to_zoned_datetime(self.zone.clone());
        format!("{:02}:{:02}", zoned.hour(), zoned.minute())
    }

    /// A rule of the session's charter.
    pub(super) fn rule(&self, id: &RuleId) -> Option<&Rule> {
        let charter = self.rules.as_ref()?.charter();
        charter.rules.iter().find(|rule| rule.id == *id)
    }

    /// An article's title in the session's charter.
    pub(super) fn article_title(&self, lang: Lang, number: &str) -> Option<String> {
        let charter = self.rules.as_ref()?.charter();
        let article = charter.articles.iter().find(|one| one.number == number)?;
        Some(article.title.in_lang(lang.code()).to_owned())
    }

    /// What a rule says to the pupil.
    pub(super) fn to_pupil(&self, lang: Lang, rule: &RuleId) -> String {
        self.rule(rule)
            .map(|rule| rule.to_pupil.in_lang(lang.code()).to_owned())
            .unwrap_or_default()
    }
}
