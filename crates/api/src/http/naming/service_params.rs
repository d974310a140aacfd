//! Which service, namespace or page the parameters of a call name.

use http::StatusCode;
use navaid_core::{GroupName, Metadata, NamespaceId, ServiceKey, ServiceName};
use navaid_naming::Page;
use navaid_wire::{
    http::{
        grouped_name::{self, GroupedNameError},
        page,
    },
    naming::metadata_text,
};

use super::dialect::{Dialect, Generation, Names};
use crate::http::{
    failure::Failure,
    params::{Params, check_positive},
};

/// The namespace: `public` when absent or blank.
pub(crate) fn namespace(params: &Params) -> Result<NamespaceId, Failure> {
    Ok(NamespaceId::parse(params.text("namespaceId").unwrap_or_default())?)
}

/// The group of calls about all its services.
pub(crate) fn group(params: &Params) -> Result<GroupName, Failure> {
    Ok(params.text("groupName").map_or_else(|| Ok(GroupName::default()), GroupName::parse)?)
}

/// The service, which must be named.
pub(crate) fn service(params: &Params, dialect: Dialect) -> Result<ServiceKey, Failure> {
    named_service(params, dialect)?.ok_or_else(|| dialect.missing("serviceName", "String"))
}

/// The service; none if none is named. What is named is checked first, as the reference does before it misses
/// anything.
pub(crate) fn named_service(params: &Params, dialect: Dialect) -> Result<Option<ServiceKey>, Failure> {
    let namespace = namespace(params)?;
    let Some(name) = params.text("serviceName") else {
        group(params)?;
        return Ok(None);
    };
    let parsed = match dialect.names {
        Names::Mixed => grouped_name::parse(name, params.text("groupName").unwrap_or_default()),
        Names::Grouped => grouped_name::parse_grouped(name),
        Names::Apart => Ok((group(params)?, ServiceName::parse(name)?)),
    };
    let (group, name) = parsed.map_err(|refused| refused_name(refused, dialect.names))?;
    Ok(Some(ServiceKey::new(&namespace, &group, &name)))
}

/// The service that the DNS plugins name: always of the default group, even if the name looks grouped.
pub(crate) fn dom(params: &Params, dialect: Dialect) -> Result<ServiceKey, Failure> {
    let name = params.text("dom").ok_or_else(|| dialect.missing("dom", "String"))?;
    Ok(ServiceKey::new(&namespace(params)?, &GroupName::default(), &ServiceName::parse(name)?))
}

/// A service whose name must be grouped, in a namespace given apart.
pub(crate) fn grouped_service(namespace: &str, name: &str) -> Result<ServiceKey, Failure> {
    let namespace = NamespaceId::parse(namespace)?;
    let (group, name) =
        grouped_name::parse_grouped(name).map_err(|refused| refused_name(refused, Names::Grouped))?;
    Ok(ServiceKey::new(&namespace, &group, &name))
}

/// A filter of the reference splits the names of v1 before any handler; elsewhere the handler does.
fn refused_name(refused: GroupedNameError, names: Names) -> Failure {
    match refused {
        GroupedNameError::Param(finding) => Failure::Check(finding),
        format @ (GroupedNameError::Format | GroupedNameError::EmptyGroup) => match names {
            Names::Mixed => Failure::Filtered {
                status: StatusCode::BAD_REQUEST,
                message: format!("Service name filter error,caused: {format};"),
            },
            Names::Apart | Names::Grouped => Failure::illegal(format.to_string()),
        },
    }
}

/// The metadata of an instance, service or cluster; empty when absent. A filter of the reference trips over a bad
/// one, and how differs (recorded: `ns1-instance-metadata-syntax`, `ns2-instance-errors`).
pub(crate) fn metadata(params: &Params, dialect: Dialect) -> Result<Metadata, Failure> {
    let text = params.text("metadata").unwrap_or_default();
    metadata_text::parse(text).map_err(|refused| {
        let thrown = format!("ErrCode:400, ErrMsg:{refused}");
        Failure::Filtered {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            message: match dialect.generation {
                Generation::V1 => format!("Server failed, caused: {thrown};caused: {refused};"),
                Generation::V2 | Generation::V3 => thrown,
            },
        }
    })
}

/// A page of a list, as asked for: numbers below 1 are the first page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageParams {
    pub(crate) number: i32,
    pub(crate) size: i32,
}

impl PageParams {
    pub(crate) fn page(self) -> Page {
        Page {
            skip: page::entries_before(self.number.into(), self.size.into()),
            take: usize::try_from(self.size).unwrap_or(0),
        }
    }

    /// The page as v3 answers it, out of `total` entries.
    pub(crate) fn shown<T>(self, total: usize, items: Vec<T>) -> page::Page<T> {
        let number = |number: i32| u64::try_from(number).unwrap_or(0);
        page::Page::new(total as u64, number(self.number), number(self.size), items)
    }

    /// The part of a list that is this page.
    pub(crate) fn of<T>(self, list: Vec<T>) -> Vec<T> {
        let Page { skip, take } = self.page();
        list.into_iter().skip(skip).take(take).collect()
    }
}

/// Page and size that must be numbers; `absent` says what becomes of one that is not there.
pub(crate) fn bound_page(
    params: &Params,
    absent: impl Fn(&'static str) -> Failure,
) -> Result<PageParams, Failure> {
    let bound = |name| number(params.text(name).ok_or_else(|| absent(name))?, "int");
    Ok(PageParams { number: bound("pageNo")?, size: bound("pageSize")? })
}

/// Page and size that may be left out.
pub(crate) fn page_or(params: &Params, default: PageParams) -> Result<PageParams, Failure> {
    let bound =
        |name, default| params.text(name).map_or(Ok(default), |text| number(text, "java.lang.Integer"));
    Ok(PageParams { number: bound("pageNo", default.number)?, size: bound("pageSize", default.size)? })
}

/// As [`page_or`], for the forms of v3, which refuse numbers below 1.
pub(crate) fn positive_page_or(params: &Params, default: PageParams) -> Result<PageParams, Failure> {
    let page = page_or(params, default)?;
    check_positive("pageNo", page.number.into())?;
    check_positive("pageSize", page.size.into())?;
    Ok(page)
}

fn number<T: std::str::FromStr>(text: &str, kind: &'static str) -> Result<T, Failure> {
    text.parse().map_err(|_| Failure::Unconvertible { text: text.to_owned(), kind })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        http::naming::dialect::{V1, V2, V3},
        testbed::params,
    };

    /// Recorded: `ns1-service-name-errors` on 2.5.1.
    #[test]
    fn a_name_without_its_group_is_stopped_by_the_filter_in_v1() {
        let refused = service(&params("serviceName=%40%40s"), V1).unwrap_err();
        let message =
            "Service name filter error,caused: Param 'serviceName' is illegal, groupName can't be empty;";
        assert_eq!(
            refused,
            Failure::Filtered { status: StatusCode::BAD_REQUEST, message: message.to_owned() }
        );
    }

    /// Recorded: `ns1-instance-metadata-syntax` on 2.5.1, `ns3-client-instance-errors` on 3.1.
    #[test]
    fn bad_metadata_is_told_in_the_words_of_the_generation() {
        let message = |dialect| match metadata(&params("metadata=a="), dialect) {
            Err(Failure::Filtered { message, .. }) => message,
            other => panic!("{other:?}"),
        };
        let thrown = "ErrCode:400, ErrMsg:metadata format incorrect:a=";
        assert_eq!(
            message(V1),
            format!("Server failed, caused: {thrown};caused: metadata format incorrect:a=;")
        );
        assert_eq!(message(V2), thrown);
    }

    #[test]
    fn pages_below_one_are_the_first_or_refused() {
        let first = PageParams { number: 1, size: 10 };
        let asked = page_or(&params("pageNo=0&pageSize=5"), first).unwrap();
        assert_eq!(asked.page(), Page { skip: 0, take: 5 });
        assert_eq!(asked.of(vec![1, 2, 3, 4, 5, 6]), [1, 2, 3, 4, 5]);
        assert_eq!(page_or(&params(""), first).unwrap(), first);
        let refused = positive_page_or(&params("pageNo=0"), first).unwrap_err();
        let text = "Required parameter 'pageNo' should be positive integer, current is 0";
        assert_eq!(refused, Failure::illegal(text));
    }

    #[test]
    fn a_page_that_is_no_number_or_not_there_says_so() {
        let absent = |name| V1.missing(name, "int");
        assert_eq!(bound_page(&params("pageNo=1"), absent).unwrap_err(), V1.missing("pageSize", "int"));
        assert_eq!(
            bound_page(&params("pageNo=x&pageSize=1"), absent).unwrap_err(),
            Failure::Unconvertible { text: "x".into(), kind: "int" }
        );
    }

    #[test]
    fn a_service_is_missed_only_where_its_group_is_well() {
        assert_eq!(service(&params(""), V3).unwrap_err(), V3.missing("serviceName", "String"));
        assert!(matches!(service(&params("groupName=a%2Fb"), V3), Err(Failure::Check(_))));
    }
}
