//! Texts for refused parameters, as the parameter check of 2.3 and later words them (`spec/naming-semantics` §1.2).
//!
//! HTTP answers such a text as a plain line with status 400 and `\r\n` at its end ([`ParamError::http_line`]); gRPC
//! puts [`GRPC_PREFIX`] before it, code 400, in the response type of the request.

use std::fmt;

use navaid_core::{
    ClusterName, InvalidName,
    name::{NameField, NameProblem},
};

/// The setting that limits the metadata of an instance.
const METADATA_KEY: &str = "nacos.naming.service.metadata.length";
/// What gRPC answers put before the text.
pub const GRPC_PREFIX: &str = "Param check invalid:";

/// A refused parameter; displays as the reference's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParamError {
    Name(InvalidName),
    /// The shown name of a namespace.
    NamespaceShowName(NameProblem),
    /// Not a number of 0 to 65535.
    Port,
    /// A weight that is no number, or infinite: JSON cannot show it.
    Weight,
    /// Keys and values of the metadata have `length` characters, more than `max`.
    Metadata {
        max: usize,
        length: usize,
    },
}

impl From<InvalidName> for ParamError {
    fn from(refused: InvalidName) -> Self {
        Self::Name(refused)
    }
}

impl std::error::Error for ParamError {}

impl ParamError {
    /// What the parameter is called in answers.
    pub fn param(&self) -> &'static str {
        match self {
            Self::Name(refused) => name_param(refused.field),
            Self::NamespaceShowName(_) => "namespaceShowName",
            Self::Port => "port",
            Self::Weight => "weight",
            Self::Metadata { .. } => "Metadata",
        }
    }

    /// The body of an HTTP answer. Behind the reference's line, another tells what to do about metadata.
    pub fn http_line(&self) -> String {
        match self {
            Self::Metadata { max, length } => {
                format!(
                    "{self}\r\nIts keys and values have {length} characters; {METADATA_KEY} is {max}.\r\n"
                )
            }
            _ => format!("{self}\r\n"),
        }
    }

    /// The message of a gRPC answer.
    pub fn grpc_message(&self) -> String {
        format!("{GRPC_PREFIX}{self}")
    }
}

fn name_param(field: NameField) -> &'static str {
    match field {
        NameField::Namespace => "namespaceId/tenant",
        NameField::Group => "group",
        NameField::Service => "serviceName",
        NameField::Cluster => "cluster",
        NameField::DataId => "dataId",
        NameField::Ip => "ip",
    }
}

impl fmt::Display for ParamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let param = self.param();
        match self {
            Self::Name(InvalidName { problem, .. }) | Self::NamespaceShowName(problem) => match problem {
                NameProblem::Blank => write!(f, "Param '{param}' is required."),
                NameProblem::TooLong { max } => {
                    write!(f, "Param '{param}' is illegal, the param length should not exceed {max}.")
                }
                NameProblem::IllegalCharacters => write!(
                    f,
                    "Param '{param}' is illegal, illegal characters should not appear in the param."
                ),
            },
            Self::Port => {
                write!(f, "Param '{param}' is illegal, the value should be between 0 and 65535.")
            }
            Self::Weight => write!(f, "Param '{param}' is illegal, the value should be a finite number."),
            Self::Metadata { max, .. } => {
                write!(f, "Param '{param}' is illegal, the param length should not exceed {max}.")
            }
        }
    }
}

/// Checks a comma-separated list of clusters; blank items pass, as in the reference.
///
/// # Errors
/// An item is too long or has an illegal character.
pub fn check_clusters(list: &str) -> Result<(), ParamError> {
    list.split(',').try_for_each(|name| Ok(ClusterName::parse(name).map(drop)?))
}

/// Longest shown name of a namespace, in UTF-16 units.
pub const NAMESPACE_SHOW_NAME_MAX: usize = 256;

/// Checks the shown name of a namespace; blank passes, as in the reference.
///
/// # Errors
/// Too long, or one of `@ # $ % ^ & *`.
pub fn check_namespace_show_name(name: &str) -> Result<(), ParamError> {
    if name.encode_utf16().count() > NAMESPACE_SHOW_NAME_MAX {
        return Err(ParamError::NamespaceShowName(NameProblem::TooLong { max: NAMESPACE_SHOW_NAME_MAX }));
    }
    if name.contains(['@', '#', '$', '%', '^', '&', '*']) {
        return Err(ParamError::NamespaceShowName(NameProblem::IllegalCharacters));
    }
    Ok(())
}

/// # Errors
/// Outside 0 to 65535.
pub fn port(number: i64) -> Result<u16, ParamError> {
    u16::try_from(number).map_err(|_| ParamError::Port)
}

/// Parses a port given as text.
///
/// # Errors
/// Not a number of 0 to 65535.
pub fn port_text(text: &str) -> Result<u16, ParamError> {
    text.trim().parse().map_err(|_| ParamError::Port)
}

#[cfg(test)]
mod tests {
    use navaid_core::{ClusterName, GroupName, NamespaceId, ServiceName};

    use super::*;

    fn check(refused: impl Into<ParamError>, text: &str) {
        assert_eq!(refused.into().to_string(), text);
    }

    /// Recorded: `ns1-service-name-errors` and `ns1-instance-value-errors` on 2.5.1, `grpc-ns-param-errors` on 3.1.
    #[test]
    fn refused_parameters_read_as_recorded() {
        check(
            ServiceName::parse("a b").unwrap_err(),
            "Param 'serviceName' is illegal, illegal characters should not appear in the param.",
        );
        check(
            ServiceName::parse(&"s".repeat(513)).unwrap_err(),
            "Param 'serviceName' is illegal, the param length should not exceed 512.",
        );
        check(
            GroupName::parse("a/g").unwrap_err(),
            "Param 'group' is illegal, illegal characters should not appear in the param.",
        );
        check(
            NamespaceId::parse("a.ns").unwrap_err(),
            "Param 'namespaceId/tenant' is illegal, illegal characters should not appear in the param.",
        );
        check(
            ClusterName::parse("a b").unwrap_err(),
            "Param 'cluster' is illegal, illegal characters should not appear in the param.",
        );
        let metadata = ParamError::Metadata { max: 1024, length: 1025 };
        let line = "Param 'Metadata' is illegal, the param length should not exceed 1024.";
        check(metadata.clone(), line);
        let more = "Its keys and values have 1025 characters; nacos.naming.service.metadata.length is 1024.";
        assert_eq!(metadata.http_line(), format!("{line}\r\n{more}\r\n"));
        let port = port(70_000).unwrap_err();
        assert_eq!(port.http_line(), "Param 'port' is illegal, the value should be between 0 and 65535.\r\n");
        assert_eq!(
            port.grpc_message(),
            "Param check invalid:Param 'port' is illegal, the value should be between 0 and 65535."
        );
    }

    #[test]
    fn shown_names_of_namespaces_are_checked_but_may_be_blank() {
        assert!(check_namespace_show_name("").is_ok());
        assert!(check_namespace_show_name("team a").is_ok());
        check(
            check_namespace_show_name("a#b").unwrap_err(),
            "Param 'namespaceShowName' is illegal, illegal characters should not appear in the param.",
        );
        assert!(check_namespace_show_name(&"n".repeat(257)).is_err());
    }

    #[test]
    fn ports_are_numbers_of_sixteen_bits() {
        assert_eq!(port_text(" 8080"), Ok(8080));
        for bad in ["abc", "65536", "-1", ""] {
            assert_eq!(port_text(bad), Err(ParamError::Port), "{bad}");
        }
    }
}
