//! The settings: a file `vigie.toml`, and over it the same settings as `VIGIE_*`.
//!
//! Owns each setting's name, default and limit; a setting out of its limits is refused by name, with where it came from.
//! Never reads the environment itself: `main` passes it in.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use serde::Deserialize;
use vigie_protocol::Private;

use crate::texts::Lang;

/// Until a setting or a school says otherwise.
pub(crate) const ZONE: &str = "Europe/Paris";

/// Everything that can be set.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The data directory (`VIGIE_DATA`); made when missing.
    pub data: PathBuf,
    /// Where to listen (`VIGIE_LISTEN`); port 0 lets the system choose. Beyond loopback it is always TLS.
    pub listen: SocketAddr,
    /// The time zone in which days, hours and partitions are told (`VIGIE_ZONE`); without it that of the school that was set up
    /// first, and `Europe/Paris` until there is one.
    pub zone: Option<String>,
    /// Language of the student panel, and of a tablet that asks for none (`VIGIE_LANG`).
    pub lang: Lang,
    /// The origin that browsers see (`VIGIE_ORIGIN`), when something in front of us has another name: `https://vigie.example`.
    pub origin: Option<String>,
    /// Bearer token with which `/metrics` answers from elsewhere than loopback (`VIGIE_METRICS_TOKEN`).
    pub metrics_token: Option<Private<String>>,
    /// What is logged (`VIGIE_LOG`): `info`, or a filter such as `vigie_server=debug,info`.
    pub log: String,
    /// Whether log lines are JSON (`VIGIE_LOG_JSON`).
    pub log_json: bool,
    /// TLS: with whose certificate, under which names.
    pub tls: Tls,
    /// What is erased when.
    pub retention: Retention,
}

/// TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    /// `auto`, `on` or `off` (`VIGIE_TLS_MODE`). Auto speaks TLS beyond loopback, and wherever a certificate is given.
    pub mode: TlsMode,
    /// A certificate with its chain, PEM (`VIGIE_TLS_CERTIFICATE`). Without one the server makes its own authority.
    pub certificate: Option<PathBuf>,
    /// Its private key, PEM (`VIGIE_TLS_KEY`).
    pub key: Option<PathBuf>,
    /// The names and addresses by which tablets and workstations reach the server (`VIGIE_TLS_NAMES`, with commas); the first
    /// is the one that is printed. Without any, what this machine knows of itself.
    pub names: Vec<String>,
}

/// Whether TLS is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TlsMode {
    #[default]
    Auto,
    On,
    /// Plain HTTP, on loopback only.
    Off,
}

/// How long things are kept. Each has a hard maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Days of events (`VIGIE_RETENTION_EVENTS_DAYS`); at most 31.
    pub events_days: u16,
    /// Days of alerts without incident (`VIGIE_RETENTION_ALERTS_DAYS`); at most 90.
    pub alerts_days: u16,
    /// Months of audit log (`VIGIE_RETENTION_AUDIT_MONTHS`); from 6 to 12.
    pub audit_months: u16,
    /// Days for which a pupil who left keeps a name beside what is filed under them (`VIGIE_RETENTION_LEFT_DAYS`); from 1 to 90.
    pub left_days: u16,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            events_days: 15,
            alerts_days: 30,
            audit_months: 12,
            // As long as alerts: after that nothing is left that the name could stand beside.
            left_days: 30,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("vigie-data"),
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080),
            zone: None,
            lang: Lang::Fr,
            origin: None,
            metrics_token: None,
            log: "info,sea_orm_migration=warn,actix_server=warn".to_owned(),
            log_json: false,
            tls: Tls::default(),
            retention: Retention::default(),
        }
    }
}

/// Why the settings cannot be used, and where.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read the settings file {}", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{place}: {message}")]
    Malformed { place: String, message: String },
    #[error("the environment sets {name}, which is no setting; settings are: {known}")]
    UnknownVariable { name: String, known: String },
    #[error("the setting {name} is {value}; it must be {limits}")]
    OutOfLimits {
        name: &'static str,
        value: String,
        limits: &'static str,
    },
}

/// Every setting by its path in the file; `VIGIE_` and the path in capitals is its variable.
const SETTINGS: [&str; 16] = [
    "data",
    "listen",
    "zone",
    "lang",
    "origin",
    "metrics_token",
    "log",
    "log_json",
    "tls.mode",
    "tls.certificate",
    "tls.key",
    "tls.names",
    "retention.events_days",
    "retention.alerts_days",
    "retention.audit_months",
    "retention.left_days",
];

impl Config {
    /// Reads the file if one is given, lays the `VIGIE_*` variables over it and checks the limits.
    pub fn read(
        file: Option<&Path>,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, ConfigError> {
        let mut table = match file {
            None => toml::Table::new(),
            Some(path) => {
                let text =
                    std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
                        path: path.to_owned(),
                        source,
                    })?;
                // Read once as the whole, so that an error names its line and column in the file.
                toml::from_str::<Self>(&text).map_err(|error| malformed(path, &text, &error))?;
                toml::from_str(&text).map_err(|error| malformed(path, &text, &error))?
            }
        };
        for (name, value) in environment {
            if name.starts_with("VIGIE_") {
                overlay(&mut table, name, value)?;
            }
        }
        let config: Self =
            table
                .try_into()
                .map_err(|error: toml::de::Error| ConfigError::Malformed {
                    place: "the environment (VIGIE_*)".to_owned(),
                    message: error.message().to_owned(),
                })?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let bad = |name, value: String, limits| {
            Err(ConfigError::OutOfLimits {
                name,
                value,
                limits,
            })
        };
        let keep = self.retention;
        if let Some(zone) = &self.zone
            && TimeZone::get(zone).is_err()
        {
            return bad("zone", zone.clone(), "a time zone such as Europe/Paris");
        }
        if !self.listen.ip().is_loopback() && self.tls.mode == TlsMode::Off {
            return bad(
                "listen",
                self.listen.to_string(),
                "a loopback address while tls.mode is off: beyond this machine nothing is said in clear; leave tls.mode out, and \
                 the server makes a certificate of its own",
            );
        }
        if self.tls.certificate.is_some() != self.tls.key.is_some() {
            let (missing, given) = match &self.tls.key {
                None => ("tls.key", "tls.certificate"),
                Some(_) => ("tls.certificate", "tls.key"),
            };
            let value = format!("not set, and {given} is");
            return bad(
                missing,
                value,
                "set with it: a certificate and its key are a pair",
            );
        }
        if self.tls.certificate.is_some() && self.tls.mode == TlsMode::Off {
            let limits = "left out, or tls.mode not off: nobody would see it";
            return bad("tls.certificate", "set".to_owned(), limits);
        }
        if !(1..=31).contains(&keep.events_days) {
            return bad(
                "retention.events_days",
                keep.events_days.to_string(),
                "1 to 31",
            );
        }
        if !(1..=90).contains(&keep.alerts_days) {
            return bad(
                "retention.alerts_days",
                keep.alerts_days.to_string(),
                "1 to 90",
            );
        }
        if !(1..=90).contains(&keep.left_days) {
            return bad("retention.left_days", keep.left_days.to_string(), "1 to 90");
        }
        // CNIL, deliberation 2021-122 on logging: six months to one year.
        if !(6..=12).contains(&keep.audit_months) {
            return bad(
                "retention.audit_months",
                keep.audit_months.to_string(),
                "6 to 12",
            );
        }
        Ok(())
    }

    /// Whether TLS is spoken.
    pub fn is_secure(&self) -> bool {
        match self.tls.mode {
            TlsMode::On => true,
            TlsMode::Off => false,
            TlsMode::Auto => !self.listen.ip().is_loopback() || self.tls.certificate.is_some(),
        }
    }

    /// The school's time zone; `check` has refused one that does not exist.
    pub fn time_zone(&self) -> TimeZone {
        TimeZone::get(self.zone.as_deref().unwrap_or(ZONE)).unwrap_or(TimeZone::UTC)
    }
}

fn malformed(path: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
    let before = error
        .span()
        .and_then(|span| text.get(..span.start))
        .unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    ConfigError::Malformed {
        place: format!("{}:{line}:{column}", path.display()),
        message: error.message().to_owned(),
    }
}

/// Settings that are secrets: `VIGIE_…_FILE` names a file that holds one, as a vault mounts it, so that it stands in no list of
/// processes and no unit file.
const SECRETS: [&str; 1] = ["metrics_token"];
/// Longest file of a secret that is read, bytes.
const SECRET_MAX: u64 = 4_096;

fn overlay(table: &mut toml::Table, name: &str, value: &str) -> Result<(), ConfigError> {
    let variable = |path: &str| format!("VIGIE_{}", path.replace('.', "_").to_uppercase());
    let in_file = SECRETS
        .into_iter()
        .map(variable)
        .find(|secret| name.strip_suffix("_FILE") == Some(secret));
    let (name, value) = match in_file {
        Some(secret) => (secret, secret_in(Path::new(value))?),
        None => (name.to_owned(), value.to_owned()),
    };
    let name = name.as_str();
    let Some(path) = SETTINGS.into_iter().find(|path| variable(path) == name) else {
        return Err(ConfigError::UnknownVariable {
            name: name.to_owned(),
            known: SETTINGS.map(variable).join(", "),
        });
    };
    let value = value.as_str();
    let value = match (value.parse::<i64>(), value.parse::<bool>()) {
        (Ok(number), _) => number.into(),
        (_, Ok(yes)) => yes.into(),
        _ if path == "tls.names" => {
            let names = value.split(',').map(|name| name.trim().into());
            toml::Value::Array(names.collect())
        }
        _ => toml::Value::from(value),
    };
    match path.split_once('.') {
        None => {
            table.insert(path.to_owned(), value);
        }
        Some((section, key)) => {
            if let toml::Value::Table(inner) = table
                .entry(section)
                .or_insert_with(|| toml::Table::new().into())
            {
                inner.insert(key.to_owned(), value);
            }
        }
    }
    Ok(())
}

/// The one line of a secret's file.
fn secret_in(file: &Path) -> Result<String, ConfigError> {
    let unreadable = |source| ConfigError::Unreadable {
        path: file.to_owned(),
        source,
    };
    let size = std::fs::metadata(file).map_err(unreadable)?.len();
    if size > SECRET_MAX {
        return Err(ConfigError::Malformed {
            place: file.display().to_string(),
            message: format!("a secret has at most {SECRET_MAX} bytes"),
        });
    }
    let text = std::fs::read_to_string(file).map_err(unreadable)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vigie.toml");
        std::fs::write(&path, file).unwrap();
        let environment = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Config::read(Some(&path), &environment)
    }

    #[test]
    fn the_environment_lies_over_the_file() {
        let file = "listen = \"127.0.0.1:9000\"\n[retention]\nevents_days = 10\n";
        let config = read(file, &[("VIGIE_RETENTION_ALERTS_DAYS", "20")]).unwrap();
        assert_eq!(config.listen.port(), 9000);
        assert_eq!(config.retention.events_days, 10);
        assert_eq!(config.retention.alerts_days, 20);
    }

    #[test]
    fn a_secret_comes_from_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("token");
        std::fs::write(&secret, "count me in\n").unwrap();
        let named = secret.display().to_string();
        let config = read("", &[("VIGIE_METRICS_TOKEN_FILE", &named)]).unwrap();
        assert_eq!(
            config.metrics_token.as_ref().unwrap().reveal(),
            "count me in"
        );
        assert!(
            !format!("{config:?}").contains("count me in"),
            "no log shows it"
        );
        for (name, value) in [
            ("VIGIE_METRICS_TOKEN_FILE", "/nowhere/at/all"),
            ("VIGIE_ZONE_FILE", named.as_str()),
        ] {
            let error = read("", &[(name, value)]).unwrap_err().to_string();
            assert!(!error.contains("count me in"), "{error}");
        }
    }

    #[test]
    fn beyond_loopback_and_with_a_certificate_tls_is_spoken() {
        for (file, secure) in [
            ("", false),
            ("listen = \"[::1]:80\"", false),
            ("listen = \"0.0.0.0:443\"", true),
            ("listen = \"192.168.1.2:443\"", true),
            ("tls.mode = \"on\"", true),
            ("[tls]\ncertificate = \"a\"\nkey = \"b\"", true),
        ] {
            assert_eq!(read(file, &[]).unwrap().is_secure(), secure, "{file}");
        }
        let named = read("", &[("VIGIE_TLS_NAMES", "vigie.lan, 10.0.0.2")]).unwrap();
        assert_eq!(named.tls.names, ["vigie.lan", "10.0.0.2"]);
        let named = read("tls.names = [\"vigie.lan\"]", &[]).unwrap();
        assert_eq!(named.tls.names, ["vigie.lan"]);
    }

    #[test]
    fn a_fault_says_where_and_why() {
        for (file, environment, expected) in [
            ("zone = 1\n", &[][..], "vigie.toml:1:8"),
            (
                "\n\nlisen = \"x\"\n",
                &[],
                "vigie.toml:3:1: unknown field `lisen`",
            ),
            ("", &[("VIGIE_LISEN", "x")], "VIGIE_LISEN"),
            ("zone = \"Mars/Base\"", &[], "Mars/Base"),
            (
                "listen = \"0.0.0.0:80\"\ntls.mode = \"off\"",
                &[],
                "loopback",
            ),
            ("[tls]\ncertificate = \"x.pem\"", &[], "tls.key"),
            ("[tls]\nkey = \"x.pem\"", &[], "tls.certificate"),
            (
                "[tls]\nmode = \"off\"\nkey = \"x\"\ncertificate = \"x\"",
                &[],
                "nobody would see it",
            ),
            ("[retention]\nevents_days = 400", &[], "1 to 31"),
        ] {
            let error = read(file, environment).unwrap_err().to_string();
            assert!(error.contains(expected), "{file:?} gave {error}");
        }
    }
}
