//! Reads a scenario: every verb that a line may use. Text in, steps out; knows nothing of a room's state.
//!
//! Long because every verb of the language stands in one table. Next: [`super::play`] does the steps.

use anyhow::{Context, Result, anyhow, bail};
use vigie_protocol::{Span, Stamp};

/// Midnight of the day on which every scenario happens: 2026-11-24, UTC.
pub const MIDNIGHT: Stamp = Stamp(1_795_478_400_000);

/// A scenario as written.
#[derive(Debug, Default)]
pub struct Script {
    /// Its first words.
    pub title: String,
    /// Seats of the plan, each with whether a workstation is enrolled on it.
    pub seats: Vec<(u16, bool)>,
    /// The charter's file, beside the scenario.
    pub charter: String,
    /// The worlds in which it runs; none named means all.
    pub worlds: Vec<u8>,
    /// With their numbers, from 1.
    pub lines: Vec<(usize, Line)>,
}

/// One line.
#[derive(Debug)]
pub enum Line {
    /// Something happens.
    Step {
        /// When.
        at: Stamp,
        /// What.
        step: Step,
    },
    /// What a part of the picture tells.
    Story {
        /// Which part.
        part: String,
        /// What it must tell.
        expected: String,
    },
}

/// Something that happens.
#[derive(Debug)]
pub enum Step {
    /// Time passes.
    Nothing,
    /// An adult does something.
    Adult {
        /// Who, as the file calls them.
        who: String,
        /// What.
        does: Adult,
    },
    /// Something happens at a seat.
    Seat {
        /// Which.
        seat: u16,
        /// When the agent saw it, when that is not now.
        seen: Option<Stamp>,
        /// What.
        does: Seat,
    },
    /// The server dies, losing everything that was not committed, and comes back.
    ServerDies,
}

/// What an adult does.
#[derive(Debug)]
pub enum Adult {
    /// `ouvre « tâche » pour 55 min, avec M. Renaud, chat ouvert`
    Open {
        /// The task.
        task: String,
        /// How long.
        minutes: i64,
        /// Other adults.
        with: Vec<String>,
        /// Whether the room's channel is open.
        chat: bool,
        /// `sites a.org b.org`: sites that pass.
        sites: Vec<String>,
        /// `évaluation`: no other site passes.
        only: bool,
    },
    /// `prolonge de 10 min`
    Extend(i64),
    /// `ferme la séance`
    Close,
    /// `prend la main du poste 4`
    TakeHelp(u16),
    /// `clôt la main du poste 4 (aidé)`
    EndHelp(u16, String),
    /// `prend connaissance de l'alerte du poste 12`
    Acknowledge(u16),
    /// `écarte l'alerte du poste 12`
    Dismiss(u16),
    /// `ouvre un incident pour le poste 12`
    Raise(u16),
    /// `confirme Léa au poste 9`
    Confirm(String, u16),
    /// `écrit aux postes 3 4 « … » pour 10 min`; no seats: to all.
    Message(Vec<u16>, String, i64),
    /// `verrouille les postes 3 4 « … » pour 5 min`
    Lock(Vec<u16>, String, i64),
    /// `lève le verrou du poste 3`, `lève la limite du poste 3`
    Release(Vec<u16>),
    /// `limite les postes 3 4 à « a.org b.org » pour 10 min`
    Focus(Vec<u16>, Vec<String>, i64),
    /// `envoie les postes 3 4 vers « https://… » pour 5 min`
    OpenPage(Vec<u16>, String, i64),
    /// `ferme l'application du poste 3`
    CloseApp(Vec<u16>),
    /// `invite M. Renaud`
    Join(String),
    /// `passe la séance à M. Renaud`
    HandOver(String),
    /// `fait patienter le poste 4`
    TellHelp(u16),
    /// `rend la main du poste 4`
    LeaveHelp(u16),
    /// `va voir l'alerte du poste 12`
    TakeAlert(u16),
    /// `rouvre l'alerte du poste 12`
    Reopen(u16),
    /// `autorise a.org`
    Grant(String),
    /// `n'autorise plus a.org`
    Ungrant(String),
    /// `regarde la fiche du poste 4`
    Look(u16),
    /// `renvoie la même consigne`
    Again,
    /// `ouvre le canal salle`, `ouvre le canal groupe aux postes 3 4`
    OpenChat(String, Vec<u16>),
    /// `ferme le canal salle`
    CloseChat(String),
}

/// What happens at a seat.
#[derive(Debug)]
pub enum Seat {
    /// `se connecte, compte Inès`
    Up(Option<Account>),
    /// `s'éteint`
    Off,
    /// `arrête l'agent`
    Stopped,
    /// `perd le lien`
    Lost,
    /// `compte Inès`, `compte inconnu`, `sans compte`
    Login(Account),
    /// `devant firefox`
    Front(String, Option<String>),
    /// `connexion hôte [bloquée par règle] [3 fois] [sous une autre charte]`
    Connection(Connection),
    /// `dit « … » dans salle`
    Chat(String, String),
    /// `demande de l'aide « … »`
    Help(String),
    /// `baisse la main`
    HelpWithdrawn,
    /// `conteste l'alerte [du poste 4] « … »`
    Contest(Option<u16>, String),
    /// `demande le site a.org « … »`
    AskSite(String, String),
    /// `accepte la charte`
    Accept,
    /// `présent`, `absent`
    Present(bool),
    /// `fait la consigne`, `refuse la consigne « … »`, `finit la consigne`
    Receipt(Receipt),
    /// `ne lit pas titles « wayland »`
    Blind(String, String),
    /// `saute 3 numéros`
    Skip(u64),
    /// `perd 5 événements`
    Drop(u64),
    /// `répète`
    Repeat,
    /// `a 90 s d'avance`
    Ahead(Span),
    /// `reçoit la machine du poste 5`, `reçoit une machine neuve`
    Placed(Option<u16>),
}

/// Which account a login says.
#[derive(Clone, Debug)]
pub enum Account {
    /// A pupil of the school.
    Pupil(String),
    /// One that nobody knows.
    Unknown,
    /// Nobody is logged in.
    Nobody,
}

/// An attempt to connect.
#[derive(Debug, Default)]
pub struct Connection {
    /// Host.
    pub host: String,
    /// The rule by which the agent blocked it.
    pub blocked_by: Option<String>,
    /// `fermée`: the agent let through only what an adult had opened.
    pub shut: bool,
    /// Whether the far end failed.
    pub failed: bool,
    /// How many same attempts.
    pub times: u32,
    /// The agent had another charter.
    pub other_charter: bool,
}

/// What an agent says of its latest command of a kind.
#[derive(Debug)]
pub enum Receipt {
    /// Done.
    Done,
    /// Refused, and why.
    Refused(String),
    /// Over.
    Ended,
}

/// A word, or quoted text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    W(&'a str),
    Q(&'a str),
}
use Token::{Q, W};

/// Reads a whole file.
///
/// # Errors
/// The first line that cannot be read, with its number.
pub fn script(text: &str) -> Result<Script> {
    let mut script = Script::default();
    for (index, raw) in text.lines().enumerate() {
        let number = index.saturating_add(1);
        let line = raw.trim();
        let read = || format!("ligne {number}: {line}");
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(story) = line.strip_prefix('|') {
            let (part, expected) = story.split_once(':').with_context(read)?;
            script.lines.push((
                number,
                Line::Story {
                    part: part.trim().to_owned(),
                    expected: expected.trim().to_owned(),
                },
            ));
        } else if let Some((at, rest)) = stamped(line) {
            let step = step(&tokens(rest)).with_context(read)?;
            script.lines.push((number, Line::Step { at, step }));
        } else {
            let (key, value) = line.split_once(':').with_context(read)?;
            match key {
                "titre" => value.trim().clone_into(&mut script.title),
                "charte" => value.trim().clone_into(&mut script.charter),
                "mondes" => script.worlds = numbers(value).with_context(read)?,
                "postes" => script.seats = plan(value).with_context(read)?,
                _ => bail!("{}: en-tête inconnu", read()),
            }
        }
    }
    Ok(script)
}

fn numbers(text: &str) -> Result<Vec<u8>> {
    text.split_whitespace()
        .map(|word| Ok(word.parse()?))
        .collect()
}

/// `1 2 3 4 5-`: a seat with a dash has no workstation.
fn plan(text: &str) -> Result<Vec<(u16, bool)>> {
    text.split_whitespace()
        .map(|word| match word.strip_suffix('-') {
            Some(bare) => Ok((bare.parse()?, false)),
            None => Ok((word.parse()?, true)),
        })
        .collect()
}

fn stamped(line: &str) -> Option<(Stamp, &str)> {
    let (time, rest) = line.split_once(' ')?;
    Some((clock(time)?, rest.trim()))
}

/// `14:02` or `14:02:30`.
fn clock(text: &str) -> Option<Stamp> {
    let mut parts = text.split(':');
    let hours: i64 = parts.next()?.parse().ok()?;
    let minutes: i64 = parts.next()?.parse().ok()?;
    let seconds: i64 = match parts.next() {
        Some(seconds) => seconds.parse().ok()?,
        None => 0,
    };
    Some(MIDNIGHT + Span::seconds(hours * 3_600 + minutes * 60 + seconds))
}

fn tokens(line: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('«') {
        words(before, &mut tokens);
        let (quoted, next) = after.split_once('»').unwrap_or((after, ""));
        tokens.push(Q(quoted.trim()));
        rest = next;
    }
    words(rest, &mut tokens);
    tokens
}

fn words<'a>(text: &'a str, tokens: &mut Vec<Token<'a>>) {
    let cut = |c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')');
    tokens.extend(text.split(cut).filter(|word| !word.is_empty()).map(W));
}

fn step(tokens: &[Token<'_>]) -> Result<Step> {
    match tokens {
        [W("rien"), ..] => Ok(Step::Nothing),
        [W("le"), W("serveur"), W("meurt"), ..] => Ok(Step::ServerDies),
        [W("poste"), W(seat), W("vu"), W("à"), W(seen), does @ ..] => Ok(Step::Seat {
            seat: seat.parse()?,
            seen: Some(clock(seen).context("heure")?),
            does: at_seat(does)?,
        }),
        [W("poste"), W(seat), does @ ..] => Ok(Step::Seat {
            seat: seat.parse()?,
            seen: None,
            does: at_seat(does)?,
        }),
        [W(title @ ("Mme" | "M.")), W(name), does @ ..] => Ok(Step::Adult {
            who: format!("{title} {name}"),
            does: by_adult(does)?,
        }),
        _ => bail!("sujet inconnu"),
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "one line a verb: the table is the point"
)]
fn by_adult(tokens: &[Token<'_>]) -> Result<Adult> {
    Ok(match tokens {
        [
            W("ouvre"),
            Q(task),
            W("pour"),
            W(minutes),
            W("min"),
            rest @ ..,
        ] => Adult::Open {
            task: (*task).to_owned(),
            minutes: minutes.parse()?,
            with: rest
                .windows(3)
                .filter_map(|three| match three {
                    [W("avec" | "et"), W(title), W(name)] => Some(format!("{title} {name}")),
                    _ => None,
                })
                .collect(),
            chat: rest.ends_with(&[W("chat"), W("ouvert")]),
            sites: rest
                .iter()
                .skip_while(|token| **token != W("sites"))
                .skip(1)
                .map_while(|token| match token {
                    W(word) if word.contains('.') => Some((*word).to_owned()),
                    _ => None,
                })
                .collect(),
            only: rest.contains(&W("évaluation")),
        },
        [W("prolonge"), W("de"), W(minutes), W("min")] => Adult::Extend(minutes.parse()?),
        [W("ferme"), W("la"), W("séance")] => Adult::Close,
        [W("prend"), W("la"), W("main"), W("du"), W("poste"), W(seat)] => {
            Adult::TakeHelp(seat.parse()?)
        }
        [
            W("clôt"),
            W("la"),
            W("main"),
            W("du"),
            W("poste"),
            W(seat),
            W(how),
        ] => Adult::EndHelp(
            seat.parse()?,
            match *how {
                "aidé" => "helped".to_owned(),
                "répondu" => "answered".to_owned(),
                other => other.to_owned(),
            },
        ),
        [W("prend"), W("connaissance"), .., W("poste"), W(seat)] => {
            Adult::Acknowledge(seat.parse()?)
        }
        [W("écarte"), .., W("poste"), W(seat)] => Adult::Dismiss(seat.parse()?),
        [W("ouvre"), W("un"), W("incident"), .., W("poste"), W(seat)] => {
            Adult::Raise(seat.parse()?)
        }
        [W("confirme"), W(pupil), W("au"), W("poste"), W(seat)] => {
            Adult::Confirm((*pupil).to_owned(), seat.parse()?)
        }
        [W("écrit"), .., Q(text), W("pour"), W(minutes), W("min")] => {
            Adult::Message(seats(tokens)?, (*text).to_owned(), minutes.parse()?)
        }
        [
            W("verrouille"),
            ..,
            Q(text),
            W("pour"),
            W(minutes),
            W("min"),
        ] => Adult::Lock(seats(tokens)?, (*text).to_owned(), minutes.parse()?),
        [W("lève"), W("le" | "la"), W("verrou" | "limite"), ..] => Adult::Release(seats(tokens)?),
        [
            W("limite"),
            ..,
            W("à"),
            Q(sites),
            W("pour"),
            W(minutes),
            W("min"),
        ] => Adult::Focus(
            seats(tokens)?,
            sites.split_whitespace().map(str::to_owned).collect(),
            minutes.parse()?,
        ),
        [
            W("envoie"),
            ..,
            W("vers"),
            Q(url),
            W("pour"),
            W(minutes),
            W("min"),
        ] => Adult::OpenPage(seats(tokens)?, (*url).to_owned(), minutes.parse()?),
        [W("ferme"), W("l'application"), ..] => Adult::CloseApp(seats(tokens)?),
        [W("invite"), W(title), W(name)] => Adult::Join(format!("{title} {name}")),
        [W("passe"), W("la"), W("séance"), W("à"), W(title), W(name)] => {
            Adult::HandOver(format!("{title} {name}"))
        }
        [W("fait"), W("patienter"), .., W(seat)] => Adult::TellHelp(seat.parse()?),
        [W("rend"), W("la"), W("main"), .., W(seat)] => Adult::LeaveHelp(seat.parse()?),
        [W("va"), W("voir"), .., W(seat)] => Adult::TakeAlert(seat.parse()?),
        [W("rouvre"), .., W(seat)] => Adult::Reopen(seat.parse()?),
        [W("autorise"), W(site)] => Adult::Grant((*site).to_owned()),
        [W("n'autorise"), W("plus"), W(site)] => Adult::Ungrant((*site).to_owned()),
        [W("regarde"), .., W(seat)] => Adult::Look(seat.parse()?),
        [W("renvoie"), ..] => Adult::Again,
        [W("ouvre"), W("le"), W("canal"), W(channel), ..] => {
            Adult::OpenChat((*channel).to_owned(), seats(tokens)?)
        }
        [W("ferme"), W("le"), W("canal"), W(channel)] => Adult::CloseChat((*channel).to_owned()),
        _ => bail!("un adulte ne fait pas cela"),
    })
}

/// The numbers after `poste`, `postes`; none for `à tous`.
fn seats(tokens: &[Token<'_>]) -> Result<Vec<u16>> {
    let after = tokens
        .iter()
        .position(|token| matches!(token, W("poste" | "postes")));
    let Some(after) = after else {
        return Ok(Vec::new());
    };
    tokens
        .iter()
        .skip(after.saturating_add(1))
        .map_while(|token| match token {
            W("et") => Some(None),
            W(word) => word.parse().ok().map(Some),
            Q(_) => None,
        })
        .flatten()
        .map(|seat: u16| Ok(seat))
        .collect()
}

fn at_seat(tokens: &[Token<'_>]) -> Result<Seat> {
    Ok(match tokens {
        [W("se"), W("connecte")] => Seat::Up(None),
        [W("se"), W("connecte"), account @ ..] => Seat::Up(Some(login(account)?)),
        [W("s'éteint")] => Seat::Off,
        [W("arrête"), W("l'agent")] => Seat::Stopped,
        [W("perd"), W("le"), W("lien")] => Seat::Lost,
        [W("compte" | "sans"), ..] => Seat::Login(login(tokens)?),
        [W("devant"), W(app)] => Seat::Front((*app).to_owned(), None),
        [W("devant"), W(app), Q(title)] => {
            Seat::Front((*app).to_owned(), Some((*title).to_owned()))
        }
        [W("connexion"), W(host), how @ ..] => Seat::Connection(connection(host, how)?),
        [W("dit"), Q(text)] => Seat::Chat("room".to_owned(), (*text).to_owned()),
        [W("dit"), Q(text), W("dans"), W(channel)] => {
            Seat::Chat((*channel).to_owned(), (*text).to_owned())
        }
        [W("demande"), W("de"), W("l'aide"), Q(text)] => Seat::Help((*text).to_owned()),
        [W("demande"), W("le"), W("site"), W(host), Q(text)] => {
            Seat::AskSite((*host).to_owned(), (*text).to_owned())
        }
        [W("baisse"), W("la"), W("main")] => Seat::HelpWithdrawn,
        [W("conteste"), W("l'alerte"), Q(text)] => Seat::Contest(None, (*text).to_owned()),
        [
            W("conteste"),
            W("l'alerte"),
            W("du"),
            W("poste"),
            W(seat),
            Q(text),
        ] => Seat::Contest(Some(seat.parse()?), (*text).to_owned()),
        [W("accepte"), W("la"), W("charte")] => Seat::Accept,
        [W("présent")] => Seat::Present(true),
        [W("absent")] => Seat::Present(false),
        [W("fait"), W("la"), W("consigne")] => Seat::Receipt(Receipt::Done),
        [W("refuse"), W("la"), W("consigne"), Q(why)] => {
            Seat::Receipt(Receipt::Refused((*why).to_owned()))
        }
        [W("finit"), W("la"), W("consigne")] => Seat::Receipt(Receipt::Ended),
        [W("ne"), W("lit"), W("pas"), W(sensor), Q(why)] => {
            Seat::Blind((*sensor).to_owned(), (*why).to_owned())
        }
        [W("saute"), W(count), W(_)] => Seat::Skip(count.parse()?),
        [W("perd"), W(count), W("événements")] => Seat::Drop(count.parse()?),
        [W("répète")] => Seat::Repeat,
        [W("a"), W(seconds), W("s"), W("d'avance")] => Seat::Ahead(Span::seconds(seconds.parse()?)),
        [W("reçoit"), W("une"), ..] => Seat::Placed(None),
        [
            W("reçoit"),
            W("la"),
            W("machine"),
            W("du"),
            W("poste"),
            W(seat),
        ] => Seat::Placed(Some(seat.parse()?)),
        _ => bail!("rien de tel à un poste"),
    })
}

fn login(tokens: &[Token<'_>]) -> Result<Account> {
    match tokens {
        [W("compte"), W("inconnu")] => Ok(Account::Unknown),
        [W("sans"), W("compte")] => Ok(Account::Nobody),
        [W("compte"), W(name)] => Ok(Account::Pupil((*name).to_owned())),
        _ => Err(anyhow!("quel compte ?")),
    }
}

fn connection(host: &str, mut how: &[Token<'_>]) -> Result<Connection> {
    let mut connection = Connection {
        host: host.to_owned(),
        times: 1,
        ..Connection::default()
    };
    loop {
        how = match how {
            [] => return Ok(connection),
            [W("bloquée"), W("par"), W(rule), rest @ ..] => {
                connection.blocked_by = Some((*rule).to_owned());
                rest
            }
            [W("fermée"), rest @ ..] => {
                connection.shut = true;
                rest
            }
            [W("échouée"), rest @ ..] => {
                connection.failed = true;
                rest
            }
            [W(times), W("fois"), rest @ ..] => {
                connection.times = times.parse()?;
                rest
            }
            [W("sous"), W("une"), W("autre"), W("charte"), rest @ ..] => {
                connection.other_charter = true;
                rest
            }
            _ => bail!("comment ?"),
        };
    }
}
