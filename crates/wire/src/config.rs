//! Configuration as clients write and read it: listening, items, history, listeners.
//!
//! Shapes carry the generation that shows them as a suffix; `V1` shapes are those of v2 as well unless there is one
//! of its own. They borrow from the items they show.

pub mod archive;
pub mod capacity;
pub mod delivery;
pub mod ext;
pub mod gray_rule;
pub mod group_key;
pub mod history;
pub mod item;
pub mod item_v3;
pub mod listeners;
pub mod listening;
pub mod transfer;

pub use history::{HistoryRowV1, HistoryRowV3};
pub use item::{FullItemV1, ItemV1};
pub use item_v3::{BasicV3, DetailV3};
pub use listening::ListeningKey;
