//! `vigie audit`: the log proved, and read by a DPO.
//!
//! Never shows a line to anybody but a DPO of the school, who signs in for it; reading is written down first.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, ensure};
use clap::Subcommand;
use vigie_protocol::{EstablishmentId, Stamp};

use super::setup::school_named;
use super::{Site, lang, password, print};
use crate::audit::chain::Fault;
use crate::audit::{Act, Audit, Entry, PAGE_MAX};
use crate::auth;
use crate::policy::Permission;
use crate::spreadsheet;
use crate::store::Store;
use crate::texts::{Lang, say};

#[derive(Debug, Subcommand)]
pub(super) enum AuditLog {
    /// Read every line against the chain of digests and its witness; names each that was changed, moved or removed.
    Verify {
        /// The data directory; that of the settings otherwise.
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// A digest that an earlier run printed and that was kept elsewhere: it must still be that of a line.
        #[arg(long, value_name = "DIGEST")]
        noted: Option<String>,
    },
    /// Show who looked at or did what, newest first. Asks for the password of a DPO of the school.
    Read {
        /// The school's UAI code.
        #[arg(long)]
        school: String,
        /// The DPO's name to sign in with.
        #[arg(long = "as", value_name = "LOGIN")]
        reader: String,
        /// For a spreadsheet.
        #[arg(long)]
        csv: bool,
    },
}

pub(super) async fn audit(mut site: Site, command: AuditLog) -> anyhow::Result<ExitCode> {
    match command {
        AuditLog::Verify { data, noted } => {
            if let Some(data) = data {
                ensure!(
                    data.join("audit").is_dir(),
                    "{} holds no audit log",
                    data.display()
                );
                site.config.data = data;
            }
            verify(&site, noted).await
        }
        AuditLog::Read {
            school,
            reader,
            csv,
        } => read(&site, (&school, &reader), csv).await,
    }
}

async fn log(site: &Site) -> anyhow::Result<(Store, Audit)> {
    let store = site.store().await?;
    let folder = site.config.data.join("audit");
    let audit = Audit::start(&folder, site.clock.clone(), store.clone())?;
    Ok((store, audit))
}

async fn verify(site: &Site, noted: Option<String>) -> anyhow::Result<ExitCode> {
    let (_, audit) = log(site).await?;
    let verified = audit.verify(noted).await.context("reading the audit log")?;
    audit.stop().await;
    let lang = lang(site);
    for fault in &verified.faults {
        print(&worded(lang, fault));
    }
    let counts = [
        ("lines", verified.lines.into()),
        ("faults", verified.faults.len().into()),
        ("end", verified.end.as_str().into()),
    ];
    let key = if verified.faults.is_empty() {
        "cli-audit-holds"
    } else {
        "cli-audit-broken"
    };
    print(&say(lang, key, &counts));
    Ok(if verified.faults.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn worded(lang: Lang, fault: &Fault) -> String {
    let key = format!("cli-audit-{}", fault.what.word());
    let arguments = [
        ("month", fault.month.as_str().into()),
        ("line", fault.line.into()),
        ("other", fault.what.other().into()),
    ];
    say(lang, &key, &arguments)
}

async fn read(site: &Site, (school, reader): (&str, &str), csv: bool) -> anyhow::Result<ExitCode> {
    let (store, audit) = log(site).await?;
    let school = school_named(&store, school).await?;
    let (given, _) = password::read()?;
    let staff = store.staff_by_login(reader).await?;
    let holds = match &staff {
        Some(staff) => {
            !staff.disabled && staff.once.is_none() && auth::holds(&given, &staff.password)
        }
        None => auth::holds_nobody(&given),
    };
    let staff = staff
        .filter(|_| holds)
        .context("the name or the password is wrong")?;
    let grants = store.grants_of(&staff.id).await?;
    let may = grants.get(&school).is_some_and(|roles| {
        roles
            .iter()
            .any(|role| role.may().contains(&Permission::ReadAudit))
    });
    ensure!(may, "only a DPO of {school} reads its audit log");
    let now = site.clock.now();
    audit
        .write(Entry::new(now, &school, &staff.id, Act::ReadAudit))
        .await?;
    let lang = lang(site);
    if csv {
        let head = [
            "when", "who", "act", "room", "session", "seat", "pupil", "subject",
        ];
        print(&format!(
            "{}{}",
            spreadsheet::BYTE_ORDER_MARK,
            spreadsheet::row(head)
        ));
    }
    let mut before = now;
    loop {
        let entries = audit.read(vec![school.clone()], before).await?;
        for entry in &entries {
            let cells = cells(site, (&store, &school), lang, entry);
            let cells = cells.iter().map(String::as_str);
            print(&if csv {
                spreadsheet::row(cells)
            } else {
                cells.collect::<Vec<_>>().join("\t")
            });
        }
        let full = u64::try_from(entries.len()).is_ok_and(|some| some >= PAGE_MAX);
        match entries.last() {
            Some(last) if full => before = last.at,
            _ => break,
        }
    }
    audit.stop().await;
    Ok(ExitCode::SUCCESS)
}

fn cells(
    site: &Site,
    (store, school): (&Store, &EstablishmentId),
    lang: Lang,
    entry: &Entry,
) -> [String; 8] {
    let names = store.names(school);
    let who = names.staff.get(&entry.staff);
    let pupil = entry.pupil.as_ref().map(|id| {
        let name = names.pupils.get(id).map(|name| name.full.reveal().clone());
        name.unwrap_or_else(|| id.to_string())
    });
    [
        when(site, entry.at),
        who.map_or_else(|| entry.staff.to_string(), |name| name.reveal().clone()),
        say(lang, &format!("audit-{}", entry.act), &[]),
        entry
            .room
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        entry
            .session
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        entry.seat.map(|seat| seat.to_string()).unwrap_or_default(),
        pupil.unwrap_or_default(),
        entry.subject.clone().unwrap_or_default(),
    ]
}

fn when(site: &Site, at: Stamp) -> String {
    let moment = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let local = moment.to_zoned_datetime(site.clock.zone().clone());
    local.strftime("%Y-%m-%d %H:%M:%S").to_string()
}
