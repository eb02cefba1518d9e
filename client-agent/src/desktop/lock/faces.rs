//! Fonts found on disk: no desktop is without one, and none is shipped.

use std::fs;
use std::path::{Path, PathBuf};

use ab_glyph::{Font as _, FontVec};

/// Where fonts live on a Linux desktop, the system's first.
const FOLDERS: [&str; 3] = [
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/run/host/fonts",
];
/// Regular and bold of the families that desktops ship, best first.
const FAMILIES: [(&str, &str); 7] = [
    ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf"),
    ("Cantarell-Regular.otf", "Cantarell-Bold.otf"),
    ("Ubuntu-R.ttf", "Ubuntu-B.ttf"),
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"),
    ("FreeSans.ttf", "FreeSansBold.ttf"),
    ("NimbusSans-Regular.otf", "NimbusSans-Bold.otf"),
];
/// Files looked at in all; beyond it the search ends with what was found.
const FILES_MAX: usize = 20_000;
/// Folders inside folders.
const DEPTH_MAX: u8 = 6;

/// A regular and a bold face.
#[derive(Debug)]
pub(crate) struct Faces {
    pub(crate) regular: FontVec,
    pub(crate) bold: FontVec,
}

impl Faces {
    /// The best that this machine has; none when no file is a font that can write French.
    pub(crate) fn find() -> Option<Self> {
        let mut files = Vec::new();
        for folder in FOLDERS {
            collect(Path::new(folder), DEPTH_MAX, &mut files);
        }
        files.sort();
        let named = |name: &str| {
            let file = files
                .iter()
                .find(|file| file.file_name().is_some_and(|found| found == name))?;
            read(file)
        };
        FAMILIES
            .iter()
            .find_map(|(regular, bold)| {
                Some(Self {
                    regular: named(regular)?,
                    bold: named(bold)?,
                })
            })
            .or_else(|| {
                let any = || files.iter().find_map(|file| read(file));
                Some(Self {
                    regular: any()?,
                    bold: any()?,
                })
            })
    }
}

fn collect(folder: &Path, depth: u8, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        if files.len() >= FILES_MAX {
            return;
        }
        let path = entry.path();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && depth > 0 {
            collect(&path, depth.saturating_sub(1), files);
        } else if path
            .extension()
            .is_some_and(|kind| kind == "ttf" || kind == "otf")
        {
            files.push(path);
        }
    }
}

fn read(file: &Path) -> Option<FontVec> {
    let face = FontVec::try_from_vec(fs::read(file).ok()?).ok()?;
    let writes_french = "Éèà’ç".chars().all(|letter| face.glyph_id(letter).0 != 0);
    writes_french.then_some(face)
}
