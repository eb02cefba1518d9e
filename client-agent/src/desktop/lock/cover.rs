//! The window of the lock on the X server, with the input held.
//!
//! The grabs come first and on the root window, so that a screen is never covered while somebody can still type underneath; then
//! the window is mapped above everything. Closing the connection undoes all of it: a lock cannot outlive its agent.

use std::time::Duration;

use tokio::time::timeout;
use x11rb::connection::Connection as _;
use x11rb::errors::ReplyOrIdError;
use x11rb::image::{Image, PixelLayout};
use x11rb::protocol::Event;
use x11rb::protocol::randr::ConnectionExt as _;
use x11rb::protocol::xproto::{
    ChangeGCAux, ChangeWindowAttributesAux, Char2b, ConfigureWindowAux, ConnectionExt as _,
    CreateGCAux, CreateWindowAux, EventMask, Gcontext, GrabMode, GrabStatus, Rectangle, StackMode,
    Visibility, Window, WindowClass,
};
use x11rb::wrapper::ConnectionExt as _;
use x11rb::{COPY_DEPTH_FROM_PARENT, COPY_FROM_PARENT, CURRENT_TIME, NONE};

use super::card::{CHALK, Card, Colour, Picture};
use super::faces::Faces;
use crate::desktop::x11::{Trouble, X11};

/// How long the X server may take to show a window.
const MAP_WAIT: Duration = Duration::from_secs(3);
/// Height of a line of the X server's own font, with room around it.
const CORE_LINE: i16 = 30;
/// Fonts of the X server, best first; `fixed` is always there.
const CORE_FONTS: [&str; 2] = [
    "-misc-fixed-medium-r-normal--20-*-*-*-*-*-iso10646-1",
    "fixed",
];

/// Why the screen is not covered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotCovered {
    #[error("another client holds the keyboard or the pointer")]
    Held,
    #[error("the window was not shown in time")]
    NotMapped,
    #[error(transparent)]
    X11(#[from] Trouble),
}

impl NotCovered {
    /// Whether it is worth trying again in a moment.
    pub(crate) fn may_pass(&self) -> bool {
        !matches!(self, Self::X11(Trouble::Missing(_)))
    }
}

macro_rules! from_x11 {
    ($($error:ty),*) => {$(
        impl From<$error> for NotCovered {
            fn from(error: $error) -> Self {
                Self::X11(error.into())
            }
        }
    )*};
}
from_x11!(
    x11rb::errors::ConnectionError,
    x11rb::errors::ReplyError,
    ReplyOrIdError
);

/// A covered screen.
#[derive(Debug)]
pub(crate) struct Cover {
    x11: X11,
    window: Window,
    gc: Gcontext,
    pen: Pen,
    size: (u16, u16),
    shown: Option<Card>,
}

#[derive(Debug)]
enum Pen {
    Faces(Box<(Faces, PixelLayout)>),
    /// The X server's own font, set in the graphics context.
    Core,
}

impl Cover {
    /// Takes the input, then shows the window; both hold when this returns.
    pub(crate) async fn take(display: Option<&str>) -> Result<Self, NotCovered> {
        let display = crate::desktop::x11::display(display)?;
        let x11 = X11::connect(display.as_deref())?;
        hold_input(&x11)?;
        let root = x11.connection().get_geometry(x11.root())?.reply()?;
        let size = (root.width, root.height);
        let window = create_window(&x11, size)?;
        let connection = x11.connection();
        let gc = connection.generate_id()?;
        connection.create_gc(gc, window, &CreateGCAux::new().graphics_exposures(0))?;
        let pen = Pen::find(&x11, gc)?;
        connection.map_window(window)?;
        raise(&x11, window)?;
        let mut cover = Self {
            x11,
            window,
            gc,
            pen,
            size,
            shown: None,
        };
        timeout(MAP_WAIT, cover.mapped())
            .await
            .map_err(|_| NotCovered::NotMapped)??;
        Ok(cover)
    }

    async fn mapped(&mut self) -> Result<(), Trouble> {
        loop {
            let event = self.x11.event().await?;
            if matches!(&event, Event::MapNotify(mapped) if mapped.window == self.window) {
                return Ok(());
            }
            self.happened(&event)?;
        }
    }

    /// The next thing that happened to the window.
    pub(crate) async fn event(&self) -> Result<Event, Trouble> {
        self.x11.event().await
    }

    /// Keeps the window whole and on top. Keys and clicks end here, unread.
    pub(crate) fn happened(&mut self, event: &Event) -> Result<(), Trouble> {
        match event {
            Event::Expose(exposed) if exposed.count == 0 => self.draw(),
            Event::VisibilityNotify(seen) if seen.state != Visibility::UNOBSCURED => {
                raise(&self.x11, self.window)
            }
            Event::ConfigureNotify(changed) if changed.window == self.x11.root() => {
                self.size = (changed.width, changed.height);
                let changes = ConfigureWindowAux::new()
                    .width(u32::from(changed.width))
                    .height(u32::from(changed.height))
                    .stack_mode(StackMode::ABOVE);
                self.x11
                    .connection()
                    .configure_window(self.window, &changes)?;
                self.draw()
            }
            Event::UnmapNotify(_) | Event::DestroyNotify(_) => {
                Err(Trouble::Missing("lock-no-window"))
            }
            _ => Ok(()),
        }
    }

    /// Shows a card; the one that is shown already is left alone.
    pub(crate) fn show(&mut self, card: Card) -> Result<(), Trouble> {
        if self.shown.as_ref() == Some(&card) {
            return Ok(());
        }
        self.shown = Some(card);
        self.draw()
    }

    /// Lets go, and returns once the X server has.
    pub(crate) fn release(self) {
        let connection = self.x11.connection();
        let released = || -> Result<(), Trouble> {
            connection.destroy_window(self.window)?;
            connection.ungrab_keyboard(CURRENT_TIME)?;
            connection.ungrab_pointer(CURRENT_TIME)?;
            connection.sync()?;
            Ok(())
        };
        if let Err(trouble) = released() {
            tracing::debug!(%trouble, "the X server was gone before the lock let go");
        }
    }

    /// Draws the card in the middle of every monitor.
    fn draw(&self) -> Result<(), Trouble> {
        let Some(card) = &self.shown else {
            return Ok(());
        };
        let connection = self.x11.connection();
        for monitor in self.monitors()? {
            match &self.pen {
                Pen::Faces(faces) => {
                    let (faces, layout) = faces.as_ref();
                    let picture = card.picture(faces, (monitor.width, monitor.height));
                    let image = self.image(&picture, *layout)?;
                    let (x, y) = middle(monitor, (picture.width, picture.height));
                    image.put(connection, self.window, self.gc, x, y)?;
                }
                Pen::Core => self.write_core(card, monitor)?,
            }
        }
        connection.flush()?;
        Ok(())
    }

    fn image(&self, picture: &Picture, layout: PixelLayout) -> Result<Image<'static>, Trouble> {
        let unreadable = |_| Trouble::Missing("x11-lost");
        let depth = self.x11.screen().root_depth;
        let setup = self.x11.connection().setup();
        let mut image = Image::allocate_native(picture.width, picture.height, depth, setup)
            .map_err(unreadable)?;
        let mut pixels = picture.pixels.iter();
        for y in 0..picture.height {
            for x in 0..picture.width {
                let Some(colour) = pixels.next() else {
                    return Ok(image);
                };
                image.put_pixel(x, y, encode(layout, *colour));
            }
        }
        Ok(image)
    }

    /// Writes with the X server's own font: plain, but readable on a machine without any font file.
    fn write_core(&self, card: &Card, monitor: Rectangle) -> Result<(), Trouble> {
        let connection = self.x11.connection();
        connection.clear_area(
            false,
            self.window,
            monitor.x,
            monitor.y,
            monitor.width,
            monitor.height,
        )?;
        let (x, middle) = middle(monitor, (640.min(monitor.width), 0));
        let mut y = middle.saturating_sub(CORE_LINE.saturating_mul(2));
        for line in card.lines() {
            let letters: Vec<Char2b> = line
                .encode_utf16()
                .take(200)
                .map(|unit| {
                    let [byte1, byte2] = unit.to_be_bytes();
                    Char2b { byte1, byte2 }
                })
                .collect();
            connection.image_text16(self.window, self.gc, x, y, &letters)?;
            y = y.saturating_add(CORE_LINE);
        }
        Ok(())
    }

    /// The monitors; the whole screen when the server knows none.
    fn monitors(&self) -> Result<Vec<Rectangle>, Trouble> {
        let whole = Rectangle {
            x: 0,
            y: 0,
            width: self.size.0,
            height: self.size.1,
        };
        let connection = self.x11.connection();
        let asked = connection.randr_get_monitors(self.x11.root(), true);
        let found = match asked.map(x11rb::cookie::Cookie::reply) {
            Ok(Ok(reply)) => reply.monitors,
            // Without RandR, or with one older than monitors, the whole screen is one.
            Ok(Err(x11rb::errors::ReplyError::X11Error(_)))
            | Err(x11rb::errors::ConnectionError::UnsupportedExtension) => Vec::new(),
            Ok(Err(error)) => return Err(error.into()),
            Err(error) => return Err(error.into()),
        };
        let monitors: Vec<_> = found
            .iter()
            .map(|monitor| Rectangle {
                x: monitor.x,
                y: monitor.y,
                width: monitor.width,
                height: monitor.height,
            })
            .filter(|monitor| monitor.width > 0 && monitor.height > 0)
            .collect();
        Ok(if monitors.is_empty() {
            vec![whole]
        } else {
            monitors
        })
    }
}

impl Pen {
    fn find(x11: &X11, gc: Gcontext) -> Result<Self, Trouble> {
        let visual = x11
            .screen()
            .allowed_depths
            .iter()
            .flat_map(|depth| &depth.visuals)
            .find(|visual| visual.visual_id == x11.screen().root_visual);
        let layout = visual.and_then(|visual| PixelLayout::from_visual_type(*visual).ok());
        if let (Some(layout), Some(faces)) = (layout, Faces::find()) {
            return Ok(Self::Faces(Box::new((faces, layout))));
        }
        tracing::warn!("no font file was found: the lock is written with the X server's own");
        let connection = x11.connection();
        let font = connection.generate_id()?;
        for name in CORE_FONTS {
            if connection.open_font(font, name.as_bytes())?.check().is_ok() {
                let written = ChangeGCAux::new()
                    .font(font)
                    .foreground(x11.screen().black_pixel)
                    .background(x11.screen().white_pixel);
                connection.change_gc(gc, &written)?;
                break;
            }
        }
        Ok(Self::Core)
    }
}

/// Grabs keyboard and pointer on the root window, which is always viewable; nothing is asked to be told of either.
fn hold_input(x11: &X11) -> Result<(), NotCovered> {
    let connection = x11.connection();
    let keyboard = connection
        .grab_keyboard(
            false,
            x11.root(),
            CURRENT_TIME,
            GrabMode::ASYNC,
            GrabMode::ASYNC,
        )?
        .reply()?;
    if keyboard.status != GrabStatus::SUCCESS {
        return Err(NotCovered::Held);
    }
    let pointer = connection
        .grab_pointer(
            false,
            x11.root(),
            EventMask::NO_EVENT,
            GrabMode::ASYNC,
            GrabMode::ASYNC,
            NONE,
            NONE,
            CURRENT_TIME,
        )?
        .reply()?;
    if pointer.status != GrabStatus::SUCCESS {
        return Err(NotCovered::Held);
    }
    Ok(())
}

fn create_window(x11: &X11, (width, height): (u16, u16)) -> Result<Window, NotCovered> {
    let connection = x11.connection();
    let window = connection.generate_id()?;
    let visual = x11
        .screen()
        .allowed_depths
        .iter()
        .flat_map(|depth| &depth.visuals)
        .find(|visual| visual.visual_id == x11.screen().root_visual);
    let layout = visual.and_then(|visual| PixelLayout::from_visual_type(*visual).ok());
    let background = layout.map_or(x11.screen().white_pixel, |layout| encode(layout, CHALK));
    let attributes = CreateWindowAux::new()
        .override_redirect(1)
        .background_pixel(background)
        .event_mask(
            EventMask::EXPOSURE | EventMask::VISIBILITY_CHANGE | EventMask::STRUCTURE_NOTIFY,
        );
    connection.create_window(
        COPY_DEPTH_FROM_PARENT,
        window,
        x11.root(),
        0,
        0,
        width,
        height,
        0,
        WindowClass::INPUT_OUTPUT,
        COPY_FROM_PARENT,
        &attributes,
    )?;
    connection.change_property8(
        x11rb::protocol::xproto::PropMode::REPLACE,
        window,
        x11rb::protocol::xproto::AtomEnum::WM_CLASS,
        x11rb::protocol::xproto::AtomEnum::STRING,
        b"vigie-lock\0vigie-lock\0",
    )?;
    // A screen that is turned, or plugged in, changes the root's size.
    connection.change_window_attributes(
        x11.root(),
        &ChangeWindowAttributesAux::new().event_mask(EventMask::STRUCTURE_NOTIFY),
    )?;
    Ok(window)
}

fn raise(x11: &X11, window: Window) -> Result<(), Trouble> {
    let above = ConfigureWindowAux::new().stack_mode(StackMode::ABOVE);
    x11.connection().configure_window(window, &above)?;
    x11.connection().flush()?;
    Ok(())
}

fn encode(layout: PixelLayout, [red, green, blue]: Colour) -> u32 {
    let wide = |part: u8| u16::from_be_bytes([part, part]);
    layout.encode((wide(red), wide(green), wide(blue)))
}

/// Where something of that size is in the middle of a monitor.
fn middle(monitor: Rectangle, (width, height): (u16, u16)) -> (i16, i16) {
    let half = |room: u16, size: u16| i16::try_from(room.saturating_sub(size) / 2).unwrap_or(0);
    (
        monitor.x.saturating_add(half(monitor.width, width)),
        monitor.y.saturating_add(half(monitor.height, height)),
    )
}
