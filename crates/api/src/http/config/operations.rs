//! What the generations of the operations API share.

/// Why statements for the database, and imports into it, are refused.
pub(crate) const NO_DATABASE: &str = "there is no Derby database here: use the configuration API, and stop the server and copy its data folder to save it";
