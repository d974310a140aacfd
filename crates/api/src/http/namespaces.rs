//! What the generations of the namespace API share: reading an id, and turning the engine's refusals into failures.

use http::StatusCode;
use navaid_config::{NamespaceError, NamespaceSummary};
use navaid_core::NamespaceId;
use navaid_wire::{
    console::{NamespaceAnswer, NamespaceKind},
    http::ErrorCode,
    param::ParamError,
};

use super::{failure::Failure, params::Params};

/// A namespace as 1.x and 2.x show it: the default one has an empty id.
pub(crate) fn answer_1x_2x(namespace: &NamespaceSummary) -> NamespaceAnswer<'_> {
    shape(namespace, namespace.id.as_tenant(), NamespaceKind::Created1x2x)
}

/// A namespace as 3.x shows it.
pub(crate) fn answer_3x(namespace: &NamespaceSummary) -> NamespaceAnswer<'_> {
    shape(namespace, namespace.id.as_str(), NamespaceKind::Created3x)
}

fn shape<'a>(namespace: &'a NamespaceSummary, id: &'a str, created: NamespaceKind) -> NamespaceAnswer<'a> {
    let kind = if namespace.id.is_default() { NamespaceKind::Default } else { created };
    NamespaceAnswer::new(id, &namespace.name, &namespace.desc, namespace.configs, kind)
}

/// The id of a namespace to be created: none when blank, which asks for a generated one. (!) `null` is refused: where 1.x
/// and 2.x name a namespace it stands for the default one, so that an import meant for it would land there.
pub(crate) fn new_id(text: &str) -> Result<Option<NamespaceId>, Failure> {
    match text.trim() {
        "" => Ok(None),
        null if null.eq_ignore_ascii_case("null") => Err(illegal_namespace(format!(
            "namespaceId [ {null} ] is another word for the default namespace, so none can be created by it"
        ))),
        text => Ok(Some(NamespaceId::parse(text)?)),
    }
}

/// The description, which may be left out.
pub(crate) fn desc(params: &Params) -> &str {
    params.get("namespaceDesc").unwrap_or_default()
}

/// An id that no namespace has.
pub(crate) fn absent(id: &str) -> Failure {
    let text = format!("namespaceId [ {id} ] not exist");
    Failure::refused(StatusCode::NOT_FOUND, ErrorCode::NAMESPACE_NOT_EXIST, text)
}

/// A refused text, in the words of the parameter check of 2.x.
pub(crate) fn checked(error: NamespaceError) -> Failure {
    use navaid_core::name::NameProblem;
    match error {
        NamespaceError::IllegalName => {
            Failure::Check(ParamError::NamespaceShowName(NameProblem::IllegalCharacters))
        }
        NamespaceError::NameTooLong { max } => {
            Failure::Check(ParamError::NamespaceShowName(NameProblem::TooLong { max }))
        }
        NamespaceError::DescTooLong { max } => {
            Failure::illegal(format!("namespaceDesc is longer than {max} characters"))
        }
        NamespaceError::Exists(id) => {
            illegal_namespace(format!("the namespaceId is existed, namespaceId: {id}"))
        }
        NamespaceError::Commit(error) => error.into(),
    }
}

/// A refusal of an id or name with code 22000.
pub(crate) fn illegal_namespace(text: String) -> Failure {
    Failure::refused(StatusCode::BAD_REQUEST, ErrorCode::ILLEGAL_NAMESPACE, text)
}

/// An id that exists already, with code 22002.
pub(crate) fn taken(text: String) -> Failure {
    Failure::refused(StatusCode::BAD_REQUEST, ErrorCode::NAMESPACE_ALREADY_EXIST, text)
}
