//! TOML tables read key by key.
