//! Scenarios: a script of what happens in a room and the story that people see, in one text that a teacher can read.
//!
//! ```text
//! titre: Une main, deux adultes
//! postes: 1 2 3 4
//!
//! 14:00 Mme Diallo ouvre « Exposé » pour 55 min, avec M. Renaud
//! 14:00 poste 4 se connecte, compte Inès
//! 14:02 poste 4 demande de l'aide « Je n'arrive pas à ouvrir le document »
//!     | poste 4 : Inès · main levée depuis 14:02
//! 14:03 M. Renaud prend la main du poste 4
//! 14:03 Mme Diallo prend la main du poste 4
//!     | refus : pris par M. Renaud
//! ```
//!
//! A line that begins with a time does something ([`read`] has every verb); a line that begins with `|` says what the named part
//! of the picture tells then ([`story`] has every part). The same file runs in every [`world`]. `VIGIE_BLESS=1` writes the
//! stories as they are told, for an author to read before believing them. Never sleeps and reads no clock: the times are the file's.

pub mod play;
pub mod read;
pub mod story;
pub mod world;

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};

use self::play::Play;
use self::read::Line;
use self::world::World;

/// Runs one file in a world.
///
/// # Errors
/// What cannot be read or done, or a story that is not the expected one, told line by line.
pub fn run(file: &Path, world: World) -> Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{}", file.display()))?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let script = read::script(&text).with_context(|| format!("{name}"))?;
    if !script.worlds.is_empty() && !script.worlds.contains(&world.number()) {
        return Ok(());
    }
    let bless = std::env::var_os("VIGIE_BLESS").is_some();
    let mut play = Play::new(&script, world, file)?;
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut wrong = 0;
    for (number, line) in &script.lines {
        let at = |what: &str| tell(&name, &text, *number, what);
        match line {
            Line::Step { at: when, step } => {
                if let Err(error) = play.step(*when, step) {
                    bail!("{}", at(&format!("{error:#}")));
                }
            }
            Line::Story { part, expected } => {
                let told = play.tell(part).with_context(|| at("cannot be told"))?;
                if told == *expected {
                    continue;
                }
                if !bless {
                    bail!("{}", at(&format!("attendu  {expected}\nobtenu   {told}")));
                }
                wrong += 1;
                if let Some(line) = lines.get_mut(number.saturating_sub(1)) {
                    *line = format!("    | {part} : {told}");
                }
            }
        }
    }
    play.stop()?;
    if wrong > 0 {
        std::fs::write(file, lines.join("\n") + "\n")?;
    }
    Ok(())
}

/// The story up to a line, and what is wrong there.
fn tell(name: &str, text: &str, number: usize, what: &str) -> String {
    let mut story = String::new();
    for line in text.lines().take(number) {
        let _ = writeln!(story, "    {line}");
    }
    format!("{name}, ligne {number}\n\n{story}\n{what}\n")
}
