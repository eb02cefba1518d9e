//! A fixed, seeded generator of host names that are as hard to pack as the real list's: the same number gives the same names on
//! every machine, for ever.
//!
//! A vocabulary of real words and of words made of syllables is drawn from by rank, as people do; names join them, add digits, sit
//! under hosting platforms or under one another, and a few are addresses, machine-made or punycode. What it gives is checked
//! beside every figure: bytes a name, zstd and fst sizes a name. Never changes: figures would no longer compare.

/// SplitMix64.
#[derive(Clone, Debug)]
pub(crate) struct Dice(pub u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Below `below`.
    pub(crate) fn below(&mut self, below: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(below)) >> 64) as u64
    }

    fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    /// Small numbers often, large ones seldom: the ranks of words.
    fn rank(&mut self, count: usize) -> usize {
        let spread = self.below(1 << 20) as f64 / f64::from(1 << 20);
        ((count as f64).powf(spread) - 1.0) as usize
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }

    fn pick_ranked<'a>(&mut self, of: &[&'a str]) -> &'a str {
        let rank = self.rank(of.len());
        of[rank]
    }
}

const TLDS: [&str; 60] = [
    "com", "net", "org", "info", "tk", "ru", "fr", "de", "top", "co.uk", "xyz", "nl", "it", "shop",
    "pl", "online", "cn", "site", "eu", "us", "biz", "com.br", "club", "es", "ml", "pro", "ga",
    "me", "io", "in", "ca", "be", "ch", "cz", "tv", "live", "jp", "com.au", "co.cc", "se", "gq",
    "cf", "win", "bid", "fun", "space", "cc", "app", "icu", "link", "pw", "vip", "co", "hu", "ro",
    "at", "dk", "sbs", "click", "life",
];
const PLATFORMS: [&str; 24] = [
    "blogspot.com",
    "tumblr.com",
    "wordpress.com",
    "free.fr",
    "tripod.com",
    "weebly.com",
    "blogspot.com.br",
    "blogspot.mx",
    "livejournal.com",
    "webflow.io",
    "over-blog.com",
    "skyrock.com",
    "ucoz.ru",
    "appspot.com",
    "github.io",
    "vercel.app",
    "wixsite.com",
    "narod.ru",
    "canalblog.com",
    "chez.com",
    "duckdns.org",
    "pages.dev",
    "000webhostapp.com",
    "altervista.org",
];
const BELOW: [&str; 16] = [
    "www", "m", "blog", "forum", "fr", "en", "cdn", "static", "shop", "img", "video", "mail", "de",
    "live", "news", "secure",
];
const WORDS: [&str; 216] = [
    "free", "video", "porno", "casino", "game", "online", "shop", "girls", "sexy", "chat", "hot",
    "live", "proxy", "web", "tube", "cam", "best", "club", "world", "news", "music", "photo",
    "amateur", "movie", "star", "teen", "love", "dating", "jeux", "poker", "bet", "home", "blog",
    "city", "house", "mobile", "phone", "travel", "hotel", "car", "auto", "job", "emploi", "bank",
    "money", "credit", "loan", "health", "pharma", "diet", "fitness", "sport", "foot", "tennis",
    "golf", "ski", "play", "win", "lucky", "slot", "bingo", "lotto", "roulette", "vegas", "royal",
    "king", "queen", "prince", "gold", "silver", "diamond", "black", "white", "red", "blue",
    "green", "pink", "dark", "light", "night", "day", "sun", "moon", "sky", "sea", "beach",
    "island", "mountain", "river", "forest", "garden", "flower", "rose", "lily", "cat", "dog",
    "horse", "bird", "fish", "wolf", "lion", "tiger", "bear", "fox", "dragon", "magic", "fantasy",
    "dream", "secret", "private", "hidden", "secure", "safe", "fast", "speed", "quick", "easy",
    "simple", "smart", "super", "mega", "ultra", "max", "pro", "plus", "top", "first", "new",
    "old", "young", "big", "small", "long", "short", "high", "low", "open", "close", "direct",
    "express", "global", "inter", "euro", "france", "paris", "lyon", "toulouse", "london",
    "berlin", "roma", "madrid", "canada", "usa", "asia", "china", "japan", "india", "russia",
    "brazil", "africa", "desi", "latina", "mature", "milf", "gay", "boys", "men", "women", "lady",
    "babe", "model", "fashion", "style", "beauty", "hair", "body", "skin", "foto", "pics",
    "gallery", "album", "art", "design", "studio", "media", "digital", "tech", "soft", "data",
    "cloud", "host", "server", "site", "page", "link", "search", "find", "guide", "info", "help",
    "support", "center", "store", "market", "deal", "sale", "cheap", "price", "discount", "coupon",
    "gift", "party", "event", "wedding", "family", "kids",
];
const STARTS: [&str; 44] = [
    "b", "br", "c", "ch", "cl", "cr", "d", "dr", "f", "fl", "fr", "g", "gl", "gr", "h", "j", "k",
    "kr", "l", "m", "n", "p", "pl", "pr", "qu", "r", "s", "sc", "sh", "sk", "sl", "sp", "st",
    "str", "t", "th", "tr", "v", "w", "x", "y", "z", "", "ph",
];
const MIDDLES: [&str; 18] = [
    "a", "e", "i", "o", "u", "ai", "ea", "ee", "ia", "io", "oo", "ou", "a", "e", "i", "o", "y",
    "au",
];
const ENDS: [&str; 22] = [
    "", "", "", "", "n", "r", "s", "t", "l", "m", "nd", "ng", "nt", "rd", "ck", "x", "d", "p",
    "st", "ll", "ss", "k",
];

/// Words made of syllables behind the real ones.
const MADE: usize = 500_000;

/// Draws names.
#[derive(Debug)]
pub(crate) struct Names {
    dice: Dice,
    words: Vec<String>,
    /// Names of before, to sit under.
    recent: Vec<String>,
}

impl Names {
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let mut words: Vec<String> = WORDS.iter().map(|word| (*word).to_owned()).collect();
        for _ in 0..MADE {
            let mut word = String::new();
            for _ in 0..=dice.below(3) {
                word.push_str(dice.pick(&STARTS));
                word.push_str(dice.pick_ranked(&MIDDLES));
                word.push_str(dice.pick(&ENDS));
            }
            words.push(word);
        }
        Self {
            dice,
            words,
            recent: Vec::new(),
        }
    }

    fn word(&mut self) -> &str {
        // Some by rank, most any: a list has more rare words than speech has.
        let count = self.words.len();
        let rank = if self.dice.percent(30) {
            self.dice.rank(count)
        } else {
            self.dice.below(count as u64) as usize
        };
        &self.words[rank]
    }

    fn label(&mut self) -> String {
        let mut label = String::new();
        let shape = self.dice.below(100);
        if shape < 18 {
            const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
            for _ in 0..6 + self.dice.below(10) {
                label.push(char::from(LETTERS[self.dice.below(36) as usize]));
            }
            return label;
        }
        let count = match shape {
            18..44 => 1,
            44..91 => 2,
            91..98 => 3,
            _ => 4,
        };
        for number in 0..count {
            if number > 0 && self.dice.percent(22) {
                label.push('-');
            }
            let word = self.word().to_owned();
            label.push_str(&word);
        }
        if self.dice.percent(15) || label.len() < 4 {
            let digits = 1 + self.dice.below(3);
            label.push_str(&self.dice.below(10_u64.pow(digits as u32)).to_string());
        }
        label.truncate(63);
        label
    }

    fn tld(&mut self) -> &'static str {
        // As in the real list, a third of all is one of them.
        if self.dice.percent(40) {
            "com"
        } else {
            self.dice.pick_ranked(&TLDS)
        }
    }
}

impl Iterator for Names {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let shape = self.dice.below(1_000);
        let name = match shape {
            0..15 => {
                let address = self.dice.next().to_le_bytes();
                return Some(format!(
                    "{}.{}.{}.{}",
                    1 + u16::from(address[0]) % 223,
                    address[1],
                    address[2],
                    address[3]
                ));
            }
            15..75 if !self.recent.is_empty() => {
                let above = self.dice.below(self.recent.len() as u64) as usize;
                let below = if self.dice.percent(60) {
                    self.dice.pick(&BELOW).to_owned()
                } else {
                    self.label()
                };
                return Some(format!("{below}.{}", self.recent[above]));
            }
            75..265 => format!("{}.{}", self.label(), self.dice.pick_ranked(&PLATFORMS)),
            265..285 => format!(
                "server-{}.{}.{}",
                self.dice.below(900),
                self.label(),
                self.tld()
            ),
            285..290 => format!(
                "xn--{}-{}.{}",
                self.label(),
                self.dice.below(46_656),
                self.tld()
            ),
            _ => format!("{}.{}", self.label(), self.tld()),
        };
        if self.recent.len() < 4_096 {
            self.recent.push(name.clone());
        } else {
            let at = self.dice.below(4_096) as usize;
            self.recent[at].clone_from(&name);
        }
        Some(name)
    }
}
