//! Import and clone: many items written at once, and the answers about it, which have status 200 even where nothing
//! was done (`spec/http-config-auth` §7.3).

use navaid_config::{TransferItem, TransferPolicy, TransferReport};
use navaid_core::{
    ConfigItem, ConfigKey, DataId, GroupName, NamespaceId,
    access::{Action, Resource},
};
use navaid_wire::{
    config::{
        archive::{Archive, ArchiveError, Unrecognized},
        transfer::{CloneItem, TransferAnswer, TransferName, TransferRefusal, UnrecognizedName},
    },
    http::RestResult,
    param::ParamError,
};

use super::{Dialect, archive, dialect::IDS_MAX};
use crate::http::{
    call::Call,
    failure::{Failure, Missing},
    params::Params,
    reply::{JSON, JSON_UTF8, Reply},
};

/// Which generation is told, and of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// v1, with the text for a success.
    V1(&'static str),
    V3,
}

/// What came of it.
pub(crate) enum Transfer {
    Done {
        report: TransferReport,
        unrecognized: Vec<Unrecognized>,
    },
    Refused(TransferRefusal),
    /// Refused for a reason of the file's own, which the answer tells too.
    RefusedFor(TransferRefusal, String),
    /// No file came with an import, whose answer says even less.
    NoFile,
}

/// Writes the items of the uploaded archive into the namespace that the parameter `target` names.
pub(crate) async fn import(
    call: &Call,
    dialect: &Dialect,
    target: &'static str,
) -> Result<Transfer, Failure> {
    let policy = policy(&call.params)?;
    let Some(file) = call.params.upload("file") else { return Ok(Transfer::NoFile) };
    let namespace = target_namespace(call, dialect, target)?;
    if !exists(call, &namespace) {
        return Ok(Transfer::Refused(TransferRefusal::NamespaceAbsent));
    }
    let (read, _turn) = archive::read(call, file.content.clone()).await?;
    let Archive { items, unrecognized } = match read {
        Ok(archive) => archive,
        Err(error) => return refusal(error),
    };
    if items.is_empty() {
        return Ok(Transfer::Refused(TransferRefusal::Empty));
    }
    let items = items.into_iter().map(|item| TransferItem {
        key: ConfigKey::new(&namespace, &item.group, &item.data_id),
        content: item.content,
        encrypted_data_key: item.encrypted_data_key,
        description: item.description,
    });
    let report = write(call, dialect, items.collect(), policy).await?;
    Ok(Transfer::Done { report, unrecognized })
}

/// Copies the items that the body names into the namespace that the parameter `target` names.
pub(crate) async fn clone(call: &Call, dialect: &Dialect, target: &'static str) -> Result<Transfer, Failure> {
    let policy = policy(&call.params)?;
    call.params.present(target, Missing::Request("String"))?;
    let namespace = target_namespace(call, dialect, target)?;
    let wanted: Vec<CloneItem> = serde_json::from_slice(&call.body)
        .map_err(|error| Failure::illegal(format!("cannot read the items to clone: {error}")))?;
    if wanted.is_empty() {
        return Ok(Transfer::Refused(TransferRefusal::NothingSelected));
    }
    if wanted.len() > IDS_MAX {
        return Err(Failure::illegal(format!("a call may clone at most {IDS_MAX} items")));
    }
    if !exists(call, &namespace) {
        return Ok(Transfer::Refused(TransferRefusal::NamespaceAbsent));
    }
    let mut items = Vec::with_capacity(wanted.len());
    for wanted in wanted {
        if let Some(item) = call.node.configs.item_by_id(wanted.id.0) {
            call.node.guard.admit(&Resource::Config(item.key.clone()), Action::Read)?;
            items.push(TransferItem::copy(&item, key_of_copy(&namespace, &wanted, &item)?));
        }
    }
    if items.is_empty() {
        return Ok(Transfer::Refused(TransferRefusal::Empty));
    }
    let report = write(call, dialect, items, policy).await?;
    Ok(Transfer::Done { report, unrecognized: Vec::new() })
}

async fn write(
    call: &Call,
    dialect: &Dialect,
    items: Vec<TransferItem>,
    policy: TransferPolicy,
) -> Result<TransferReport, Failure> {
    let (configs, operator) = (call.node.configs.clone(), dialect.operator(call));
    call.to_the_end(async move { Ok(configs.transfer(items, policy, &operator).await?) }).await
}

/// Where the items are written to; routes know only the usual name of a namespace, so it is admitted here.
fn target_namespace(call: &Call, dialect: &Dialect, name: &str) -> Result<NamespaceId, Failure> {
    let namespace = dialect.target_namespace(&call.params, name)?;
    call.node.guard.admit(&Resource::ConfigNamespace(namespace.clone()), Action::Write)?;
    Ok(namespace)
}

/// A blank name keeps the item's own.
fn key_of_copy(namespace: &NamespaceId, wanted: &CloneItem, item: &ConfigItem) -> Result<ConfigKey, Failure> {
    let said = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let group = said(&wanted.group).unwrap_or_else(|| item.key.group().to_owned());
    let data_id = said(&wanted.data_id).unwrap_or_else(|| item.key.data_id().to_owned());
    Ok(ConfigKey::new(namespace, &GroupName::parse(&group)?, &DataId::parse(&data_id)?))
}

fn exists(call: &Call, namespace: &NamespaceId) -> bool {
    namespace.is_default() || call.node.namespaces.contains(namespace)
}

fn policy(params: &Params) -> Result<TransferPolicy, Failure> {
    match params.text("policy") {
        None | Some("ABORT") => Ok(TransferPolicy::Abort),
        Some("SKIP") => Ok(TransferPolicy::Skip),
        Some("OVERWRITE") => Ok(TransferPolicy::Overwrite),
        Some(other) => Err(Failure::illegal(format!("policy must be ABORT, SKIP or OVERWRITE, not {other}"))),
    }
}

/// What is no archive at all counts as an empty one, and of metadata only the code tells (recorded:
/// `cs1-import-refused`). What is wrong with a single entry names it.
fn refusal(error: ArchiveError) -> Result<Transfer, Failure> {
    let reason = error.to_string();
    match error {
        ArchiveError::NotAnArchive => Ok(Transfer::Refused(TransferRefusal::Empty)),
        ArchiveError::Metadata => Ok(Transfer::Refused(TransferRefusal::Metadata)),
        ArchiveError::ListedTwice(_) => Ok(Transfer::RefusedFor(TransferRefusal::Metadata, reason)),
        ArchiveError::Damaged(_)
        | ArchiveError::DamagedEntry { .. }
        | ArchiveError::SameNames
        | ArchiveError::NotText(_) => Ok(Transfer::RefusedFor(TransferRefusal::Unreadable, reason)),
        ArchiveError::TooManyEntries { .. } | ArchiveError::TooLarge { .. } | ArchiveError::Path(_) => {
            Err(Failure::illegal(reason))
        }
        ArchiveError::Name { entry, invalid } => {
            Err(Failure::illegal(format!("cannot use {entry}: {}", ParamError::from(invalid))))
        }
    }
}

/// The answer. Failures of a whole transfer count no item as written.
pub(crate) fn answer(transfer: &Transfer, told: Told) -> Reply {
    let answer = match transfer {
        Transfer::Done { report, unrecognized } => done(report, unrecognized, told),
        Transfer::Refused(_) | Transfer::RefusedFor(..) => {
            TransferAnswer { succ_count: Some(0), ..TransferAnswer::default() }
        }
        Transfer::NoFile => TransferAnswer::default(),
    };
    let refusal = match transfer {
        Transfer::Done { .. } => None,
        Transfer::Refused(refusal) | Transfer::RefusedFor(refusal, _) => Some(*refusal),
        Transfer::NoFile => Some(TransferRefusal::Empty),
    };
    // Both generations have the same three fields here.
    let (code, message, content_type) = match (told, refusal) {
        (Told::V1(success), None) => (200, success, JSON_UTF8),
        (Told::V1(_), Some(refusal)) => (refusal.v1().0, refusal.v1().1, JSON_UTF8),
        (Told::V3, None) => (0, "success", JSON),
        (Told::V3, Some(refusal)) => (refusal.v3().code, refusal.v3().text, JSON),
    };
    let message = match transfer {
        Transfer::RefusedFor(_, reason) => format!("{message}: {reason}"),
        Transfer::Done { .. } | Transfer::Refused(_) | Transfer::NoFile => message.to_owned(),
    };
    Reply::json(&RestResult::failure(code, message, answer)).with_type(content_type)
}

fn done<'t>(report: &'t TransferReport, unrecognized: &[Unrecognized], told: Told) -> TransferAnswer<'t> {
    let word = match told {
        Told::V1(_) => UnrecognizedName::v1,
        Told::V3 => UnrecognizedName::v3,
    };
    TransferAnswer {
        succ_count: Some(report.written),
        skip_count: Some(report.skipped.len()),
        fail_data: report.failed.iter().map(TransferName::of).collect(),
        skip_data: report.skipped.iter().map(TransferName::of).collect(),
        unrecognized_count: (!unrecognized.is_empty()).then_some(unrecognized.len()),
        unrecognized_data: unrecognized.iter().map(word).collect(),
    }
}
