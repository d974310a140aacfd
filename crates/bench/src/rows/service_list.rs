//! Names of services, page by page: consoles and frameworks ask for all at once, in one page of 2³¹ - 1.

use anyhow::Result;

use super::http_reads;
use crate::outcome::Outcome;
use crate::requests::naming;
use crate::stage::Stage;

/// Services, unless the pace allows fewer.
const SERVICES: u64 = 20_000;
/// Names on a page but the whole.
const PAGE_SIZE: u64 = 10;

/// Which pages are asked for, again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pages {
    /// One of all names.
    Whole,
    /// The second of ten names.
    Early,
    /// The last but one of ten names.
    Late,
}

impl Pages {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Whole => "all in one page",
            Self::Early => "page of 10 at the begin",
            Self::Late => "page of 10 at the end",
        }
    }
}

/// Over services of one instance each, one request at once.
pub(crate) async fn pages(stage: &Stage<'_>, pages: Pages) -> Result<Outcome> {
    let services = SERVICES.min(stage.pace.services_max);
    let provider = stage.connections(1).await?;
    for number in 0..services {
        provider[0].call().unary(&naming::register(&stage.service(number), number)).await?;
    }
    let (path, names) = match pages {
        Pages::Whole => (naming::services_path(1, i32::MAX as u64), services),
        Pages::Early => (naming::services_path(2, PAGE_SIZE), PAGE_SIZE),
        Pages::Late => (naming::services_path(services / PAGE_SIZE - 1, PAGE_SIZE), PAGE_SIZE),
    };
    let length_min = names as usize * stage.service(0).len();
    http_reads::reads(stage, 1, &path, length_min).await
}
