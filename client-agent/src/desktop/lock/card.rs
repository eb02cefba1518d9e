//! What the pupil reads on the lock: a calm card, kin to the tablet's look. Pure: a card becomes pixels, nothing is shown here.

use ab_glyph::{Font, FontVec, Glyph, GlyphId, PxScale, ScaleFont, point};
use vigie_protocol::Private;

use super::faces::Faces;
use super::holds::Left;
use crate::text::{Lang, say, say_with};

/// Red, green, blue.
pub(crate) type Colour = [u8; 3];
/// The tablet's palette, light: what is around, what is written on, and what is written.
pub(crate) const CHALK: Colour = [0xf6, 0xf4, 0xee];
const PAPER: Colour = [0xff, 0xfd, 0xf8];
const INK: Colour = [0x1c, 0x27, 0x33];
const SLATE: Colour = [0x5b, 0x68, 0x75];
const PLUM: Colour = [0x6a, 0x4a, 0x8c];

/// Lines of an adult's text that are shown; a longer one ends in an ellipsis.
const LINES_MAX: usize = 8;
/// Width of a card before scaling, in pixels of a screen 900 high.
const WIDTH: f32 = 680.0;
const PADDING: f32 = 40.0;

/// The words of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Card {
    title: String,
    text: Private<String>,
    left: String,
    who: String,
}

/// Pixels, row by row.
#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) width: u16,
    pub(crate) height: u16,
    pub(crate) pixels: Vec<Colour>,
}

/// One line of text, where and how.
struct Line<'a> {
    face: &'a FontVec,
    size: f32,
    colour: Colour,
    text: String,
    /// Room above it.
    above: f32,
}

impl Card {
    pub(crate) fn new(lang: Lang, text: &Private<String>, left: Left) -> Self {
        let left = match left {
            Left::Minutes(minutes) => {
                say_with(lang, "lock-minutes", &[("minutes", minutes.into())])
            }
            Left::Seconds(seconds) => {
                say_with(lang, "lock-seconds", &[("seconds", seconds.into())])
            }
        };
        Self {
            title: say(lang, "lock-title"),
            text: text.clone(),
            left,
            who: say(lang, "lock-who"),
        }
    }

    /// The lines, for a server that can only write with a font of its own.
    pub(crate) fn lines(&self) -> Vec<String> {
        [&self.title, self.text.reveal(), &self.left, &self.who]
            .into_iter()
            .filter(|line| !line.is_empty())
            .cloned()
            .collect()
    }

    /// The card for a screen of this size.
    pub(crate) fn picture(&self, faces: &Faces, screen: (u16, u16)) -> Picture {
        let (screen_width, screen_height) = (f32::from(screen.0), f32::from(screen.1));
        let scale = (screen_height / 900.0).clamp(0.75, 3.0);
        let width = (WIDTH * scale).min(screen_width);
        let inner = width - 2.0 * PADDING * scale;
        let mut lines = Vec::new();
        for (face, size, colour, text, above) in [
            (&faces.bold, 30.0, INK, &self.title, 20.0),
            (&faces.regular, 24.0, INK, self.text.reveal(), 16.0),
            (&faces.bold, 24.0, PLUM, &self.left, 20.0),
            (&faces.regular, 18.0, SLATE, &self.who, 24.0),
        ] {
            let size = size * scale;
            for (index, text) in wrap(face, size, inner, text).into_iter().enumerate() {
                let above = if index == 0 { above * scale } else { 0.0 };
                lines.push(Line {
                    face,
                    size,
                    colour,
                    text,
                    above,
                });
            }
        }
        let icon = 56.0 * scale;
        let text_height: f32 = lines
            .iter()
            .map(|line| line.above + line_height(line.face, line.size))
            .sum();
        let height = (text_height + icon + 2.0 * PADDING * scale).min(screen_height);
        let mut picture = Picture::new(whole(width), whole(height), PAPER);
        picture.border(whole(2.0 * scale).max(1), PLUM);
        let middle = width / 2.0;
        let mut y = PADDING * scale;
        picture.padlock(middle, y, icon);
        y += icon;
        for line in &lines {
            y += line.above;
            picture.write(line, middle, y);
            y += line_height(line.face, line.size);
        }
        picture
    }
}

impl Picture {
    fn new(width: u16, height: u16, colour: Colour) -> Self {
        let pixels = vec![colour; usize::from(width).saturating_mul(usize::from(height))];
        Self {
            width,
            height,
            pixels,
        }
    }

    /// Lays a colour over a pixel, covering so much of it; outside the picture nothing happens.
    fn blend(&mut self, x: i32, y: i32, colour: Colour, cover: f32) {
        let (Ok(x), Ok(y)) = (u16::try_from(x), u16::try_from(y)) else {
            return;
        };
        if x >= self.width || y >= self.height {
            return;
        }
        let at = usize::from(y) * usize::from(self.width) + usize::from(x);
        if let Some(pixel) = self.pixels.get_mut(at) {
            for (under, over) in pixel.iter_mut().zip(colour) {
                let mixed = f32::from(*under)
                    + (f32::from(over) - f32::from(*under)) * cover.clamp(0.0, 1.0);
                *under = u8::try_from(whole(mixed)).unwrap_or(u8::MAX);
            }
        }
    }

    fn border(&mut self, thick: u16, colour: Colour) {
        let (width, height) = (self.width, self.height);
        for y in 0..height {
            for x in 0..width {
                let edge = x.min(y).min(width - 1 - x).min(height - 1 - y);
                if edge < thick {
                    self.blend(i32::from(x), i32::from(y), colour, 1.0);
                }
            }
        }
    }

    /// A padlock of that height whose top is at `top`: each pixel asks whether it is in the shackle or the body.
    fn padlock(&mut self, middle: f32, top: f32, size: f32) {
        let side = i32::from(whole(size));
        let (left, up) = (i32::from(whole(middle - size / 2.0)), i32::from(whole(top)));
        for y in 0..side {
            for x in 0..side {
                let inside = (0..4_u8)
                    .filter(|part| {
                        let (fine_x, fine_y) =
                            (f32::from(part % 2) / 2.0, f32::from(part / 2) / 2.0);
                        is_padlock(
                            (exact(x) + fine_x + 0.25) / size,
                            (exact(y) + fine_y + 0.25) / size,
                        )
                    })
                    .count();
                let cover = f32::from(u8::try_from(inside).unwrap_or(4)) / 4.0;
                self.blend(left + x, up + y, PLUM, cover);
            }
        }
    }

    /// Writes a line centred on `middle`, its top at `top`.
    fn write(&mut self, line: &Line<'_>, middle: f32, top: f32) {
        let face = line.face.as_scaled(PxScale::from(line.size));
        let mut x = middle - measure(line.face, line.size, &line.text) / 2.0;
        let baseline = top + face.ascent();
        let mut before: Option<GlyphId> = None;
        for letter in line.text.chars() {
            let id = face.glyph_id(letter);
            x += before.map_or(0.0, |before| face.kern(before, id));
            let glyph: Glyph = id.with_scale_and_position(line.size, point(x, baseline));
            if let Some(outline) = face.outline_glyph(glyph) {
                let bounds = outline.px_bounds();
                let (left, up) = (signed(bounds.min.x), signed(bounds.min.y));
                outline.draw(|dx, dy, cover| {
                    let (Ok(dx), Ok(dy)) = (i32::try_from(dx), i32::try_from(dy)) else {
                        return;
                    };
                    self.blend(left + dx, up + dy, line.colour, cover);
                });
            }
            x += face.h_advance(id);
            before = Some(id);
        }
    }
}

/// Whether a point of the unit square is part of a padlock.
fn is_padlock(x: f32, y: f32) -> bool {
    let in_body = (0.18..0.82).contains(&x) && (0.42..0.96).contains(&y);
    let keyhole = (x - 0.5).hypot(y - 0.66) < 0.07;
    let from_arch = (x - 0.5).hypot(y - 0.3);
    let in_arch = y <= 0.3 && (0.15..0.24).contains(&from_arch);
    let in_leg = (0.3..0.42).contains(&y) && (0.15..0.24).contains(&(x - 0.5).abs());
    in_body && !keyhole || in_arch || in_leg
}

fn line_height(face: &FontVec, size: f32) -> f32 {
    let face = face.as_scaled(PxScale::from(size));
    face.height() * 1.15
}

fn measure(face: &FontVec, size: f32, text: &str) -> f32 {
    let face = face.as_scaled(PxScale::from(size));
    let mut before: Option<GlyphId> = None;
    text.chars()
        .map(|letter| {
            let id = face.glyph_id(letter);
            let kern = before
                .replace(id)
                .map_or(0.0, |before| face.kern(before, id));
            face.h_advance(id) + kern
        })
        .sum()
}

/// Breaks a text into lines no wider than that: at spaces, and inside a word that is wider than a line.
fn wrap(face: &FontVec, size: f32, width: f32, text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            let longer = if line.is_empty() {
                word.to_owned()
            } else {
                format!("{line} {word}")
            };
            if measure(face, size, &longer) <= width {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for letter in word.chars() {
                line.push(letter);
                if measure(face, size, &line) > width {
                    line.pop();
                    lines.push(std::mem::take(&mut line));
                    line.push(letter);
                }
            }
            if lines.len() > LINES_MAX {
                break;
            }
        }
        if !line.is_empty() {
            lines.push(line);
        }
    }
    if lines.len() > LINES_MAX {
        lines.truncate(LINES_MAX);
        if let Some(last) = lines.last_mut() {
            last.push('…');
        }
    }
    lines
}

/// A length in whole pixels.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and a screen is smaller than what it saturates at"
)]
fn whole(length: f32) -> u16 {
    length.round() as u16
}

/// A place in whole pixels, which may be outside the picture.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "the cast saturates, and a screen is smaller than what it saturates at"
)]
fn signed(place: f32) -> i32 {
    place.floor() as i32
}

/// A place on a screen as a fraction; a screen is smaller than what a float holds exactly.
fn exact(place: i32) -> f32 {
    u16::try_from(place).map_or(0.0, f32::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_padlock_is_full_in_its_body_and_empty_in_its_shackle() {
        assert!(is_padlock(0.3, 0.8) && is_padlock(0.5, 0.1) && is_padlock(0.31, 0.35));
        assert!(!is_padlock(0.5, 0.3) && !is_padlock(0.5, 0.66) && !is_padlock(0.05, 0.5));
    }

    #[test]
    fn pixels_outside_a_picture_are_nobodys() {
        let mut picture = Picture::new(2, 2, PAPER);
        for (x, y) in [(-1, 0), (0, -1), (2, 0), (0, 2), (i32::MAX, i32::MIN)] {
            picture.blend(x, y, INK, 1.0);
        }
        assert!(picture.pixels.iter().all(|pixel| *pixel == PAPER));
        picture.blend(1, 1, INK, 7.0);
        assert_eq!(picture.pixels[3], INK);
    }

    #[test]
    fn the_time_left_is_said_in_the_plural_that_it_needs() {
        let words = |left| Card::new(Lang::Fr, &Private::default(), left).left;
        assert_eq!(words(Left::Minutes(4)), "Encore 4 minutes au plus");
        assert_eq!(words(Left::Seconds(1)), "Encore 1 seconde");
    }
}
