//! From settings to the source that they name.

use navaid_core::seam::LabelSource;

use crate::{
    file::FileLabels,
    http::HttpLabels,
    settings::{LabelOrigin, LabelSettings},
};

/// The source that is set. Nothing is read yet.
pub fn source(settings: LabelSettings) -> Box<dyn LabelSource> {
    match settings.origin {
        LabelOrigin::File(path) => Box::new(FileLabels::new(path, settings.size_max)),
        LabelOrigin::Http(http) => Box::new(HttpLabels::new(http, settings.size_max)),
    }
}
