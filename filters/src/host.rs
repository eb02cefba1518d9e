//! Hosts as people hide them.
