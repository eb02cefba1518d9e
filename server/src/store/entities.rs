//! The main tables as sea-orm sees them. Owns the columns' names; a test inserts into and reads each against the migrations.
//!
//! Never leaves `store`: the rest of the server speaks of [`super::places`], [`super::people`] and [`super::rules`].

macro_rules! table {
    ($(#[$doc:meta])* $module:ident, $name:tt, { $($body:tt)* }) => {
        $(#[$doc])*
        #[allow(dead_code, unreachable_pub, reason = "sea-orm makes more, and more public, than one table needs")]
        pub(crate) mod $module {
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
            #[sea_orm(table_name = $name)]
            pub struct Model { $($body)* }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

table!(
    /// A school, by its UAI code.
    establishment, "establishments", {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub name: String,
    pub zone: Option<String>,
});
table!(
    /// At most one row: the code that makes the first administrator.
    first_code, "first_codes", {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i16,
    pub hash: String,
    pub ends_ms: i64,
    pub tries_left: i16,
});
table!(room, "rooms", {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub establishment: String,
    pub name: String,
});
table!(seat, "seats", {
    #[sea_orm(primary_key, auto_increment = false)]
    pub room: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub seat: i16,
    pub plan_column: Option<i16>,
    pub plan_row: Option<i16>,
});
table!(workstation, "workstations", {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub establishment: String,
    pub key: String,
    pub room: Option<String>,
    pub seat: Option<i16>,
    pub enrolled_ms: i64,
    pub revoked_ms: Option<i64>,
    pub machine: Option<String>,
    pub host: Option<String>,
    pub code: Option<String>,
    pub cloned_ms: Option<i64>,
    pub cloned_how: Option<String>,
    pub cloned_host: Option<String>,
});
table!(
    /// What was last known of a workstation's link.
    link, "links", {
    #[sea_orm(primary_key, auto_increment = false)]
    pub workstation: String,
    pub state: String,
    pub since_ms: i64,
    pub can: String,
});
table!(enrolment_token, "enrolment_tokens", {
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: String,
    pub room: String,
    pub seat: Option<i16>,
    pub uses_left: i32,
    pub ends_ms: i64,
    pub uses: i32,
    pub made_ms: i64,
    pub made_by: Option<String>,
    pub revoked_ms: Option<i64>,
    pub in_order: bool,
});
table!(staff, "staff", {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    #[sea_orm(unique)]
    pub login: String,
    pub name: String,
    pub password: String,
    pub disabled_ms: Option<i64>,
    pub once_ms: Option<i64>,
});
table!(grant, "grants", {
    #[sea_orm(primary_key, auto_increment = false)]
    pub staff: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub establishment: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub role: String,
});
table!(distress_receiver, "distress_receivers", {
    #[sea_orm(primary_key, auto_increment = false)]
    pub establishment: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub staff: String,
});
table!(login, "logins", {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub staff: String,
    pub started_ms: i64,
    pub ends_ms: i64,
    pub revoked_ms: Option<i64>,
    pub serial: i64,
    pub seen_ms: i64,
    pub device: String,
});
table!(
    /// How a month of the audit log ends.
    audit_head, "audit_heads", {
    #[sea_orm(primary_key, auto_increment = false)]
    pub month: String,
    pub lines: i64,
    pub digest: String,
    pub erased: bool,
});
table!(
    /// How often something changed that another process must see.
    change, "changes", {
    #[sea_orm(primary_key, auto_increment = false)]
    pub what: String,
    pub times: i64,
});
table!(pupil, "pupils", {
    #[sea_orm(primary_key, auto_increment = false)]
    pub pseudonym: String,
    pub establishment: String,
    pub account: Option<String>,
    pub given: String,
    pub family: String,
    pub class: String,
    pub left_ms: Option<i64>,
});
table!(
    /// An adopted version of the charter; the newest is in force.
    charter, "charters", {
    #[sea_orm(primary_key, auto_increment = false)]
    pub establishment: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub adopted_ms: i64,
    pub digest: String,
    pub text: String,
});
table!(
    /// An adopted list file; the newest is in force.
    list, "lists", {
    #[sea_orm(primary_key, auto_increment = false)]
    pub establishment: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub adopted_ms: i64,
    pub digest: String,
});
table!(session, "sessions", {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub establishment: String,
    pub room: String,
    pub owner: String,
    pub started_ms: i64,
    pub ends_ms: i64,
    pub ended_ms: Option<i64>,
});
table!(
    /// Counts for the activity report: no seat, no person, no word.
    count, "counts", {
    #[sea_orm(primary_key, auto_increment = false)]
    pub session: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub what: String,
    pub establishment: String,
    pub room: String,
    pub day: String,
    pub times: i64,
});
table!(
    /// What is asked for when a session opens, kept under a name.
    template, "templates", {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub establishment: String,
    pub owner: String,
    pub name: String,
    pub body: String,
    pub changed_ms: i64,
});
table!(
    /// A session that opens by itself when its time comes.
    plan, "plans", {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub series: String,
    pub establishment: String,
    pub room: String,
    pub owner: String,
    pub starts_ms: i64,
    pub ends_ms: i64,
    pub body: String,
    pub state: String,
    pub session: Option<String>,
});
table!(
    /// Somebody without a place in the roster, named at a seat by an adult.
    guest, "guests", {
    #[sea_orm(primary_key, auto_increment = false)]
    pub pseudonym: String,
    pub establishment: String,
    pub name: String,
    pub since_ms: i64,
});
table!(phrases, "phrases", {
    #[sea_orm(primary_key, auto_increment = false)]
    pub establishment: String,
    pub texts: String,
});
