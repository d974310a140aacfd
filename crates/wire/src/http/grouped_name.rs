//! Service names of v1, which may hold their group: `group@@name` (`spec/http-naming-core` §2.3).

use navaid_core::{
    GroupName, ServiceName,
    name::{DEFAULT_GROUP, GROUP_SEPARATOR},
};

use crate::param::ParamError;

/// A service name that cannot be split or is refused; displays as the reference's text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GroupedNameError {
    /// Nothing after, or nothing on both sides of, the separator.
    #[error("Param 'serviceName' is illegal, it should be format as 'groupName@@serviceName'")]
    Format,
    /// Nothing before the separator.
    #[error("Param 'serviceName' is illegal, groupName can't be empty")]
    EmptyGroup,
    /// Split well, but one of the parts is refused.
    #[error("{0}")]
    Param(ParamError),
}

/// Parses a v1 `serviceName`: a group inside it wins over the parameter `group_name`, which defaults to
/// `DEFAULT_GROUP`.
///
/// # Errors
/// The grouped form is incomplete, or a part is refused.
pub fn parse(service_name: &str, group_name: &str) -> Result<(GroupName, ServiceName), GroupedNameError> {
    let service_name = service_name.trim();
    if service_name.contains(GROUP_SEPARATOR) {
        return parse_grouped(service_name);
    }
    let group = if group_name.trim().is_empty() { DEFAULT_GROUP } else { group_name.trim() };
    parts(group, service_name)
}

/// Parses a name that must be grouped, as some v2 paths demand.
///
/// # Errors
/// Not grouped, incomplete, or a part is refused.
pub fn parse_grouped(service_name: &str) -> Result<(GroupName, ServiceName), GroupedNameError> {
    match service_name.split_once(GROUP_SEPARATOR) {
        None | Some((_, "")) => Err(GroupedNameError::Format),
        Some(("", _)) => Err(GroupedNameError::EmptyGroup),
        Some((group, name)) => parts(group, name),
    }
}

fn parts(group: &str, name: &str) -> Result<(GroupName, ServiceName), GroupedNameError> {
    let refused = |refused| GroupedNameError::Param(ParamError::Name(refused));
    let name = ServiceName::parse(name).map_err(refused)?;
    Ok((GroupName::parse(group).map_err(refused)?, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(service: &str, group: &str, expected: Result<(&str, &str), &str>) {
        let parsed = parse(service, group).map(|(group, name)| format!("{group} {name}"));
        let parsed = parsed.map_err(|refused| refused.to_string());
        let expected = expected.map(|(group, name)| format!("{group} {name}"));
        assert_eq!(parsed, expected.map_err(str::to_owned), "{service}");
    }

    /// Recorded: `ns1-service-name-errors` and `ns1-instance-defaults` on 2.5.1.
    #[test]
    fn names_split_as_recorded() {
        check("s", "", Ok(("DEFAULT_GROUP", "s")));
        check(" s ", "g", Ok(("g", "s")));
        check("g@@s", "ignored", Ok(("g", "s")));
        let format = "Param 'serviceName' is illegal, it should be format as 'groupName@@serviceName'";
        check("g@@", "", Err(format));
        check("@@", "", Err(format));
        check("@@s", "", Err("Param 'serviceName' is illegal, groupName can't be empty"));
        let illegal =
            |param| format!("Param '{param}' is illegal, illegal characters should not appear in the param.");
        check("a b", "", Err(&illegal("serviceName")));
        check("g@@s@@tail", "", Err(&illegal("serviceName")));
        check("s", "a/g", Err(&illegal("group")));
        check("", "", Err("Param 'serviceName' is required."));
    }

    #[test]
    fn a_bare_name_is_refused_where_a_group_is_due() {
        assert_eq!(parse_grouped("s"), Err(GroupedNameError::Format));
        assert!(parse_grouped("g@@s").is_ok());
    }
}
