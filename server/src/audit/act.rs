//! What an adult can do that is written down, and one line of the log.
//!
//! Owns the code words, which the log keeps for a year: a word is added, never given another meaning. Never holds what was
//! seen, only who saw or did, when, where and on whose.

use vigie_protocol::{EstablishmentId, Pseudonym, RoomId, SeatNo, SessionId, StaffId, Stamp};

/// Declares the acts, each with the word that the log keeps; in the catalogues it is `audit-` and the word.
macro_rules! acts {
    ($($act:ident = $word:literal,)*) => {
        /// What an adult did. The code word is what the log keeps.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Act { $($act,)* }

        impl Act {
            /// Every act, for the test of the catalogues.
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$act,)*];

            /// The code word.
            pub(crate) const fn word(self) -> &'static str {
                match self { $(Self::$act => $word,)* }
            }
        }
    };
}

acts! {
    LookRoom = "look-room",
    LookSheet = "look-sheet",
    LookPupils = "look-pupils",
    Open = "open",
    Extend = "extend",
    Close = "close",
    Command = "command",
    TakeHelp = "take-help",
    EndHelp = "end-help",
    Acknowledge = "acknowledge",
    Dismiss = "dismiss",
    Confirm = "confirm",
    OpenChat = "open-chat",
    CloseChat = "close-chat",
    ReadAudit = "read-audit",
    SetUpSchool = "set-up-school",
    SetUpRoom = "set-up-room",
    RemoveRoom = "remove-room",
    AdoptCharter = "adopt-charter",
    ApplyRoster = "apply-roster",
    AddStaff = "add-staff",
    ChangeStaff = "change-staff",
    EndStaff = "end-staff",
    MakeToken = "make-token",
    RevokeToken = "revoke-token",
    SeatMachine = "seat-machine",
    RefuseMachine = "refuse-machine",
    SettleCopy = "settle-copy",
    // The server's own: a copy of a key was refused.
    RefuseCopy = "refuse-copy",
    SignIn = "sign-in",
    SignOut = "sign-out",
    EndLogin = "end-login",
    ChangePassword = "change-password",
    ResetPassword = "reset-password",
    Grant = "grant",
    Ungrant = "ungrant",
    Disable = "disable",
    ErasePupil = "erase-pupil",
    Join = "join",
    HandOver = "hand-over",
    TellHelp = "tell-help",
    LeaveHelp = "leave-help",
    TakeAlert = "take-alert",
    Raise = "raise",
    Reopen = "reopen",
    OpenSite = "open-site",
    CloseSite = "close-site",
    Plan = "plan",
    CancelPlan = "cancel-plan",
    Template = "template",
    NameGuest = "name-guest",
    Phrases = "phrases",
    LookClass = "look-class",
}

impl Act {
    /// Whether it is a look: a page that refreshes by itself looks once.
    pub(super) fn is_look(word: &str) -> bool {
        [
            Self::LookRoom,
            Self::LookSheet,
            Self::LookPupils,
            Self::LookClass,
        ]
        .into_iter()
        .any(|act| act.word() == word)
    }
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) at: Stamp,
    pub(crate) establishment: EstablishmentId,
    pub(crate) staff: StaffId,
    /// [`Act::word`].
    pub(crate) act: String,
    pub(crate) room: Option<RoomId>,
    pub(crate) session: Option<SessionId>,
    pub(crate) seat: Option<SeatNo>,
    pub(crate) pupil: Option<Pseudonym>,
    /// Which alert, help request, command or login: an id, never words.
    pub(crate) subject: Option<String>,
}

impl Entry {
    /// An act in a school; what it was on is filled in by the caller.
    pub(crate) fn new(
        at: Stamp,
        establishment: &EstablishmentId,
        staff: &StaffId,
        act: Act,
    ) -> Self {
        Self {
            at,
            establishment: establishment.clone(),
            staff: staff.clone(),
            act: act.word().to_owned(),
            room: None,
            session: None,
            seat: None,
            pupil: None,
            subject: None,
        }
    }
}
