//! The agent's only randomness: nonces, its own id, its key's seed, the jitter of its back-off.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use vigie_protocol::{Span, WorkstationId};

/// The operating system gave no randomness.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gives no randomness")]
pub struct NoRandomness(#[source] getrandom::Error);

/// 32 random bytes.
///
/// # Errors
/// The operating system gives none.
pub(crate) fn seed() -> Result<[u8; 32], NoRandomness> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(NoRandomness)?;
    Ok(bytes)
}

/// 32 random bytes in base64, as the link wants them.
///
/// # Errors
/// The operating system gives none.
pub(crate) fn nonce() -> Result<String, NoRandomness> {
    Ok(URL_SAFE_NO_PAD.encode(seed()?))
}

/// A new workstation's id: a random UUID.
///
/// # Errors
/// The operating system gives no randomness.
pub(crate) fn workstation() -> Result<WorkstationId, NoRandomness> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(NoRandomness)?;
    let id = uuid::Builder::from_random_bytes(bytes).into_uuid();
    Ok(WorkstationId::new(id.to_string()))
}

/// Between half of a span and the whole of it, so that a room full of agents does not come back in one instant.
pub(crate) fn jittered(span: Span) -> Span {
    let half = span.0.max(0) / 2;
    let random = getrandom::u64().unwrap_or(0);
    let part = random % u64::try_from(half.saturating_add(1)).unwrap_or(1);
    Span(half.saturating_add(i64::try_from(part).unwrap_or(0)))
}
