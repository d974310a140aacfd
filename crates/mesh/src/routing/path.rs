//! Where in a content something is wrong.

use std::fmt;

/// Longest name that is told of a mistake; a content may have longer ones.
const NAME_MAX: usize = 64;

/// The way to a value: `document 2: spec.http[0].match`.
#[derive(Debug, Clone, Copy)]
pub(super) enum Path<'p> {
    /// The content's only document, or one of several, counted from 1.
    Document(Option<usize>),
    Field(&'p Path<'p>, &'p str),
    Item(&'p Path<'p>, usize),
    /// In a mapping whose keys are free.
    Key(&'p Path<'p>, &'p str),
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}{problem}")]
pub(crate) struct Mistake {
    path: String,
    problem: String,
}

impl Path<'_> {
    pub(super) fn mistake(&self, problem: impl Into<String>) -> Mistake {
        let path = match self {
            Self::Document(_) => self.to_string(),
            Self::Field(..) | Self::Item(..) | Self::Key(..) => format!("{self}: "),
        };
        Mistake { path, problem: problem.into() }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Document(None) => Ok(()),
            Self::Document(Some(number)) => write!(f, "document {number}: "),
            Self::Field(root @ Self::Document(_), name) => write!(f, "{root}{}", clip(name)),
            Self::Field(parent, name) => write!(f, "{parent}.{}", clip(name)),
            Self::Item(parent, at) => write!(f, "{parent}[{at}]"),
            Self::Key(parent, key) => write!(f, "{parent}[{:?}]", clip(key)),
        }
    }
}

/// A text as far as it is told.
pub(super) fn clip(text: &str) -> &str {
    &text[..text.floor_char_boundary(NAME_MAX)]
}
