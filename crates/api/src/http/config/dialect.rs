//! How each generation names and demands the parameters of configuration calls (`spec/http-config-auth` §8).

use std::sync::Arc;

use navaid_config::{
    Matching, PublishRequest, ReleaseParams, RemoveRequest, RemoveTarget, SearchQuery, publish,
    release_params,
};
use navaid_core::{
    ConfigItem, ConfigKey, ConfigType, DataId, GrayName, GroupName, InvalidName, NamespaceId, Operator,
    command::PublishTarget, config_item::Description,
};

use crate::http::{
    call::Call,
    failure::{Failure, Missing},
    params::{Params, named_number},
};

/// Rows that one call may name by id.
pub(super) const IDS_MAX: usize = 10_000;

/// The parameter names of one generation, and what it says when one is missing.
#[derive(Debug)]
pub(crate) struct Dialect {
    namespace: &'static str,
    parse_namespace: fn(&str) -> Result<NamespaceId, InvalidName>,
    group: &'static str,
    labels: &'static str,
    author: &'static str,
    kinds: &'static str,
    detail: &'static str,
    demand: Demand,
}

/// How a name must be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Demand {
    /// Bound by signature: absent is missing, blank is invalid.
    Bound,
    /// Field of a form: blank is missing too.
    Form,
}

/// v1, and the searches of v2.
pub(crate) const V1: Dialect = Dialect {
    namespace: "tenant",
    parse_namespace: NamespaceId::parse_tenant,
    group: "group",
    labels: "config_tags",
    author: "src_user",
    kinds: "types",
    detail: "config_detail",
    demand: Demand::Bound,
};

/// v2, but for publishing.
pub(crate) const V2: Dialect = Dialect {
    namespace: "namespaceId",
    parse_namespace: NamespaceId::parse_tenant,
    group: "group",
    labels: "configTags",
    author: "srcUser",
    kinds: "type",
    detail: "configDetail",
    demand: Demand::Bound,
};

/// Publishing in v2.
pub(crate) const V2_FORM: Dialect = Dialect { demand: Demand::Form, ..V2 };

/// v3. A namespace called `null` is an ordinary one here.
pub(crate) const V3: Dialect =
    Dialect { group: "groupName", parse_namespace: NamespaceId::parse, demand: Demand::Form, ..V2 };

impl Dialect {
    /// The namespace of a call; absent or blank is the default one.
    pub(crate) fn namespace(&self, params: &Params) -> Result<NamespaceId, Failure> {
        Ok((self.parse_namespace)(params.get(self.namespace).unwrap_or_default())?)
    }

    /// The namespace of a call that must name one, be it by an empty text.
    pub(crate) fn demanded_namespace(&self, params: &Params) -> Result<NamespaceId, Failure> {
        params.present(self.namespace, Missing::Request("String"))?;
        self.namespace(params)
    }

    /// The namespace that a call writes to, where it has a parameter of its own for it.
    pub(crate) fn target_namespace(&self, params: &Params, name: &str) -> Result<NamespaceId, Failure> {
        Ok((self.parse_namespace)(params.get(name).unwrap_or_default())?)
    }

    /// The namespace of a call, if it names one.
    pub(crate) fn named_namespace(&self, params: &Params) -> Result<Option<NamespaceId>, Failure> {
        params.text(self.namespace).map(|_| self.namespace(params)).transpose()
    }

    /// The parameters that name a group and a namespace.
    pub(crate) fn scope_names(&self) -> (&'static str, &'static str) {
        (self.group, self.namespace)
    }

    /// The text by which a call names a group, as it was sent.
    pub(crate) fn group<'p>(&self, params: &'p Params) -> Option<&'p str> {
        params.get(self.group)
    }

    /// The item that a call names.
    pub(crate) fn key(&self, params: &Params) -> Result<ConfigKey, Failure> {
        let (data_id, group) = (self.name(params, "dataId")?, self.name(params, self.group)?);
        Ok(ConfigKey::new(&self.namespace(params)?, &GroupName::parse(group)?, &DataId::parse(data_id)?))
    }

    /// The item that a call names, its group defaulting to the usual one where that is blank.
    pub(crate) fn key_in_default_group(&self, params: &Params) -> Result<ConfigKey, Failure> {
        if params.get(self.group).is_none_or(|group| !group.trim().is_empty()) {
            return self.key(params);
        }
        let data_id = DataId::parse(self.name(params, "dataId")?)?;
        Ok(ConfigKey::new(&self.namespace(params)?, &GroupName::default(), &data_id))
    }

    /// The item that a call names, in the words of calls that check what is missing by hand: to them it is `null`.
    pub(crate) fn checked_key(&self, params: &Params) -> Result<ConfigKey, Failure> {
        for (name, shown) in [("dataId", "dataId"), (self.group, "group")] {
            if params.text(name).is_none() {
                let value = params.get(name).unwrap_or("null");
                return Err(Failure::illegal(format!("invalid {shown} : {value}")));
            }
        }
        self.key(params)
    }

    fn name<'p>(&self, params: &'p Params, name: &'static str) -> Result<&'p str, Failure> {
        match (params.get(name), self.demand) {
            (Some(value), _) if !value.trim().is_empty() => Ok(value),
            (Some(value), Demand::Bound) => Err(Failure::illegal(format!("invalid {name} : {value}"))),
            (_, demand) => Err(Failure::Missing { name, missing: demand.missing() }),
        }
    }

    /// A publish as the call describes it. What is sent but empty is said, and empties what is stored.
    pub(crate) fn publish(&self, call: &Call) -> Result<PublishRequest, Failure> {
        let params = &call.params;
        Ok(PublishRequest {
            key: self.key(params)?,
            target: release_params::target_of(&ReleaseParams {
                beta_ips: call.deciding_header("betaIps")?,
                tag: params.get("tag"),
                gray_name: params.get("grayName"),
                gray_rule: params.get("grayRuleExp").or_else(|| params.get("grayRule")),
                gray_priority: params.get("grayPriority"),
                gray_version: params.get("grayVersion"),
            })?,
            content: self.content(params)?,
            encrypted_data_key: params.get("encryptedDataKey").unwrap_or_default().into(),
            description: self.description(params),
            condition: publish::condition_of(call.deciding_header("casMd5")?),
            operator: self.operator(call),
        })
    }

    /// A publish of what stands, with what the call says about it: `desc` and labels.
    pub(crate) fn describe(&self, call: &Call, item: &ConfigItem) -> PublishRequest {
        let said = self.description(&call.params);
        let stored = item.description.clone();
        PublishRequest {
            key: item.key.clone(),
            target: PublishTarget::Formal,
            content: item.content.text().into(),
            encrypted_data_key: Arc::clone(&item.encrypted_data_key),
            description: Description {
                desc: said.desc.or(stored.desc.clone()),
                tags: said.tags.or(stored.tags.clone()),
                ..stored
            },
            condition: publish::condition_of(Some(&item.md5.to_string())),
            operator: self.operator(call),
        }
    }

    /// A content that comes several times is joined by commas, as the reference binds it
    /// (recorded: `cs1-parameter-places`).
    fn content(&self, params: &Params) -> Result<Arc<str>, Failure> {
        let missing = || Failure::Missing { name: "content", missing: self.demand.missing() };
        let first = params.get("content").ok_or_else(missing)?;
        let content: Arc<str> = match params.all("content").nth(1) {
            None => first.into(),
            Some(_) => params.all("content").collect::<Vec<_>>().join(",").into(),
        };
        if self.demand == Demand::Form && content.trim().is_empty() { Err(missing()) } else { Ok(content) }
    }

    fn description(&self, params: &Params) -> Description {
        let said = |name| params.get(name).map(Arc::from);
        Description {
            app_name: said("appName"),
            desc: said("desc"),
            usage: said("use"),
            effect: said("effect"),
            kind: params.get("type").and_then(ConfigType::from_word),
            schema: said("schema"),
            tags: params.get(self.labels).map(publish::tags_of),
        }
    }

    /// Who is written into history: the author that the call names, else its user.
    pub(crate) fn operator(&self, call: &Call) -> Operator {
        let user = call.params.text_of(&[self.author, "username"]).map(Into::into);
        Operator { user, ip: call.client_ip().into() }
    }

    /// A removal of the formal release, or of a gray one that the call names by its tag or its name.
    pub(crate) fn remove(&self, call: &Call) -> Result<RemoveRequest, Failure> {
        let target = match (call.params.text("tag"), call.params.text("grayName")) {
            (Some(tag), _) => RemoveTarget::Tag(tag.into()),
            (None, Some(name)) => RemoveTarget::Gray(GrayName::new(name)),
            (None, None) => RemoveTarget::Formal,
        };
        Ok(RemoveRequest { key: self.key(&call.params)?, target, operator: self.operator(call) })
    }

    /// A search. Names may be patterns only where the call says `search=blur` itself: the default of v3 is blur as
    /// well, but its parameter check does not know that (recorded: `cs3-admin-list`).
    pub(crate) fn search(&self, params: &Params, matching: Matching) -> Result<SearchQuery, Failure> {
        let text = |name| params.text(name).unwrap_or_default();
        let (data_id, group) = (text("dataId"), text(self.group));
        if params.text("search") != Some("blur") {
            if !data_id.is_empty() {
                DataId::parse(data_id)?;
            }
            if !group.is_empty() {
                GroupName::parse(group)?;
            }
        }
        Ok(SearchQuery {
            namespace: self.namespace(params)?,
            matching,
            data_id: data_id.to_owned(),
            group: group.to_owned(),
            app_name: text("appName").to_owned(),
            tags: publish::tags_of(text(self.labels)),
            kinds: words(text(self.kinds)).map(str::to_owned).collect(),
            content: text(self.detail).to_owned(),
        })
    }
}

impl Demand {
    fn missing(self) -> Missing {
        match self {
            Self::Bound => Missing::Request("String"),
            Self::Form => Missing::Form("String"),
        }
    }
}

/// The row ids of a call: `ids=1,2` and `ids=1&ids=2` alike. Numbers that no row can have are left out.
pub(crate) fn ids(params: &Params) -> Result<Vec<u64>, Failure> {
    params.present("ids", Missing::Request("List"))?;
    let numbers = params.all("ids").flat_map(words).map(|id| named_number::<i64>("ids", id));
    let ids: Vec<i64> = numbers.take(IDS_MAX + 1).collect::<Result<_, _>>()?;
    if ids.len() > IDS_MAX {
        return Err(Failure::illegal(format!("a call may name at most {IDS_MAX} ids")));
    }
    Ok(ids.into_iter().filter_map(|id| u64::try_from(id).ok()).collect())
}

/// A number that must be given, such as the id of a history row; one below zero is no row's.
pub(crate) fn row_id(params: &Params, name: &'static str) -> Result<u64, Failure> {
    let number: i64 = named_number(name, params.present(name, Missing::Request("Long"))?.trim())?;
    Ok(u64::try_from(number).unwrap_or(0))
}

fn words(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;
    use crate::testbed::{Testbed, params};

    fn key(dialect: &Dialect, query: &str) -> Result<String, Failure> {
        dialect.key(&params(query)).map(|key| key.to_string())
    }

    #[test]
    fn each_generation_reads_its_own_names() {
        assert_eq!(key(&V1, "dataId=a&group=g&tenant=n&namespaceId=x"), Ok("n/g/a".into()));
        assert_eq!(key(&V2, "dataId=a&group=g&namespaceId=n&tenant=x"), Ok("n/g/a".into()));
        assert_eq!(key(&V3, "dataId=a&groupName=g&group=x"), Ok("public/g/a".into()));
        assert_eq!(key(&V1, "dataId=a&group=g&tenant=null"), Ok("public/g/a".into()));
        assert_eq!(key(&V3, "dataId=a&groupName=g&namespaceId=null"), Ok("null/g/a".into()));
    }

    #[tokio::test]
    async fn a_condition_that_cannot_be_read_is_refused_not_forgotten() {
        let bed = Testbed::start();
        for name in ["casMd5", "betaIps"] {
            let mut call = bed.call("dataId=a&group=g&content=two", &[]);
            let name_lower = HeaderName::from_bytes(name.as_bytes()).unwrap();
            call.headers.insert(name_lower, HeaderValue::from_bytes(&[0xe6, 0x97]).unwrap());
            let text = format!("header '{name}' holds something other than visible ASCII");
            assert_eq!(V1.publish(&call).unwrap_err(), Failure::illegal(text));
        }
    }

    /// Recorded: `cs1-missing-parameters`, `cs2-config-refused`, `cs3-admin-refused`.
    #[test]
    fn a_missing_and_a_blank_name_differ_only_where_they_are_bound() {
        let missing = |name, missing| Err(Failure::Missing { name, missing });
        assert_eq!(key(&V1, "group=g"), missing("dataId", Missing::Request("String")));
        assert_eq!(key(&V2, "dataId=a"), missing("group", Missing::Request("String")));
        assert_eq!(key(&V1, "dataId=a&group="), Err(Failure::illegal("invalid group : ")));
        assert_eq!(key(&V2_FORM, "dataId=&group=g"), missing("dataId", Missing::Form("String")));
        assert_eq!(key(&V3, "dataId=a&group=g"), missing("groupName", Missing::Form("String")));
    }

    #[test]
    fn contents_are_joined_and_blank_ones_are_missing_in_forms() {
        let content = |dialect: &Dialect, query| dialect.content(&params(query)).map(|text| text.to_string());
        assert_eq!(content(&V1, "content=a&content=b"), Ok("a,b".into()));
        assert_eq!(content(&V1, "content=+"), Ok(" ".into()));
        assert!(content(&V3, "content=+").is_err());
        assert!(content(&V1, "").is_err());
    }

    #[test]
    fn what_is_empty_is_said_and_what_is_absent_is_not() {
        let description = V1.description(&params("desc=&config_tags=&type=JSON"));
        assert_eq!(description.desc.as_deref(), Some(""));
        assert_eq!(description.tags, Some(Vec::new()));
        assert_eq!((description.app_name, description.kind), (None, None));
    }

    #[test]
    fn patterns_are_for_searches_that_say_blur() {
        let search = |query| V3.search(&params(query), Matching::Blur);
        assert!(search("dataId=a*").is_err());
        let query = search("dataId=a*&search=blur&type=json,yaml&configTags=x").unwrap();
        assert_eq!((&*query.data_id, query.kinds.len(), query.tags.len()), ("a*", 2, 1));
    }

    #[test]
    fn ids_come_in_one_list_or_several() {
        assert_eq!(ids(&params("ids=1,+2&ids=3&ids=-4")), Ok(vec![1, 2, 3]));
        assert_eq!(ids(&params("ids=")), Ok(Vec::new()));
        assert!(ids(&params("ids=abc")).is_err());
        assert!(ids(&params("")).is_err());
        assert!(ids(&params(&format!("ids={}", "1,".repeat(IDS_MAX + 1)))).is_err());
    }
}
