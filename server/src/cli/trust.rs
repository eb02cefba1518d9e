//! `vigie trust`: what an adult compares before a device is told to trust the server. Never prints a key.

use std::process::ExitCode;

use anyhow::Context;

use super::{Site, print};
use crate::wire::{Certificates, Identity, Source, fingerprint, names};

/// Prints the fingerprint of the server's own authority, and the key by which workstations know the server.
pub(super) fn trust(site: &Site) -> anyhow::Result<ExitCode> {
    let config = &site.config;
    crate::app::make_data(&config.data)?;
    let identity = Identity::open(&config.data)?;
    if config.tls.certificate.is_none() {
        let source = Source::Own {
            keys: config.data.join("keys"),
            names: names(config),
        };
        let certificates = Certificates::open(source, site.clock.now())?;
        let (der, _) = certificates
            .facts()
            .authority
            .context("the server has no authority of its own")?;
        print(&format!("authority SHA-256 {}", fingerprint(&der)));
    }
    print(&format!("server {}", identity.public()));
    Ok(ExitCode::SUCCESS)
}
