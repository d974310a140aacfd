//! Which release a publish is for, by the parameters that every API generation has for it.

use navaid_core::{
    command::PublishTarget,
    gray::{GrayName, GrayRule},
    label_rule::LabelRule,
};

use crate::limits::{ConfigField, ConfigProblem, InvalidConfig};

/// The parameters that choose the release which a publish is for; blank ones count as not given.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReleaseParams<'a> {
    /// Comma-separated addresses: the beta.
    pub beta_ips: Option<&'a str>,
    pub tag: Option<&'a str>,
    /// Name of a gray release by labels.
    pub gray_name: Option<&'a str>,
    /// Its rule, see [`navaid_core::label_rule`].
    pub gray_rule: Option<&'a str>,
    /// Its priority, 0 when not given; the highest that fits a client wins.
    pub gray_priority: Option<&'a str>,
    /// The version of the notation, of which there is one.
    pub gray_version: Option<&'a str>,
}

/// The version of the notation of gray rules.
pub const GRAY_VERSION: &str = "1.0.0";

/// Which release a publish with these parameters is for: beta wins over tag, tag over a name.
///
/// # Errors
/// A gray release by labels without a rule, with one that is none, or with a priority or version that cannot be.
pub fn target_of(params: &ReleaseParams<'_>) -> Result<PublishTarget, InvalidConfig> {
    let rule = match (said(params.beta_ips), said(params.tag)) {
        (Some(ips), _) => GrayRule::Beta { ips: ips.into() },
        (None, Some(tag)) => GrayRule::Tag { tag: tag.into() },
        (None, None) => return labelled(params),
    };
    let name = rule.fixed_name().expect("beta and tag have one");
    Ok(PublishTarget::Gray { name, rule })
}

fn labelled(params: &ReleaseParams<'_>) -> Result<PublishTarget, InvalidConfig> {
    let refusal = |field, problem| InvalidConfig { field, problem };
    let (name, rule) = match (said(params.gray_name), said(params.gray_rule)) {
        (None, None) => return Ok(PublishTarget::Formal),
        (None, Some(_)) => return Err(refusal(ConfigField::GrayName, ConfigProblem::Blank)),
        (Some(_), None) => return Err(refusal(ConfigField::GrayRule, ConfigProblem::Blank)),
        (Some(name), Some(rule)) => (name, rule),
    };
    if said(params.gray_version).is_some_and(|version| version != GRAY_VERSION) {
        return Err(refusal(ConfigField::GrayVersion, ConfigProblem::IllegalCharacters));
    }
    let rule =
        LabelRule::parse(rule).map_err(|why| refusal(ConfigField::GrayRule, ConfigProblem::NoRule(why)))?;
    let priority = said(params.gray_priority)
        .map_or(Ok(0), |text| text.trim().parse())
        .map_err(|_| refusal(ConfigField::GrayPriority, ConfigProblem::IllegalCharacters))?;
    Ok(PublishTarget::Gray { name: GrayName::new(name), rule: GrayRule::Labels { rule, priority } })
}

fn said(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}

/// The target of a publish that has these two parameters alone.
#[cfg(test)]
pub(crate) fn beta_or_tag(beta_ips: Option<&str>, tag: Option<&str>) -> PublishTarget {
    target_of(&ReleaseParams { beta_ips, tag, ..ReleaseParams::default() }).expect("neither has a rule")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_for(params: &ReleaseParams<'_>) -> Option<String> {
        match target_of(params).unwrap() {
            PublishTarget::Formal => None,
            PublishTarget::Gray { name, .. } => Some(name.to_string()),
        }
    }

    #[test]
    fn beta_wins_over_tag_over_name_and_blank_is_not_given() {
        let all = ReleaseParams {
            beta_ips: Some("10.0.0.1"),
            tag: Some("blue"),
            gray_name: Some("canary"),
            gray_rule: Some("env=prod"),
            ..ReleaseParams::default()
        };
        assert_eq!(name_for(&all).as_deref(), Some("beta"));
        assert_eq!(name_for(&ReleaseParams { beta_ips: Some(""), ..all }).as_deref(), Some("tag_blue"));
        let by_name = ReleaseParams { beta_ips: None, tag: Some(" "), ..all };
        assert_eq!(name_for(&by_name).as_deref(), Some("canary"));
        assert_eq!(name_for(&ReleaseParams { tag: Some(" "), ..ReleaseParams::default() }), None);
    }

    #[test]
    fn a_release_by_labels_needs_a_name_a_rule_and_numbers_that_are_some() {
        let params =
            ReleaseParams { gray_name: Some("c"), gray_rule: Some("env=prod"), ..ReleaseParams::default() };
        let field = |params: ReleaseParams<'_>| target_of(&params).unwrap_err().field;
        assert_eq!(field(ReleaseParams { gray_name: None, ..params }), ConfigField::GrayName);
        assert_eq!(field(ReleaseParams { gray_rule: None, ..params }), ConfigField::GrayRule);
        assert_eq!(field(ReleaseParams { gray_rule: Some("a in b"), ..params }), ConfigField::GrayRule);
        assert_eq!(field(ReleaseParams { gray_priority: Some("x"), ..params }), ConfigField::GrayPriority);
        assert_eq!(field(ReleaseParams { gray_version: Some("2"), ..params }), ConfigField::GrayVersion);
        let PublishTarget::Gray { rule, .. } =
            target_of(&ReleaseParams { gray_priority: Some("7"), ..params }).unwrap()
        else {
            panic!()
        };
        assert_eq!(rule.priority(), 7);
    }
}
