//! How many configuration items there may be, and how large.

use navaid_config::CapacitySettings;
use navaid_core::CapacityRules;

use super::catalog;
use super::reader::Reader;

pub(crate) fn read(reader: &mut Reader<'_>) -> CapacitySettings {
    CapacitySettings {
        is_managed: reader.read(&catalog::MANAGE_CAPACITY),
        is_checked: reader.read(&catalog::CHECK_CAPACITY),
        rules: CapacityRules {
            cluster_quota: reader.read(&catalog::CLUSTER_QUOTA),
            group_quota: reader.read(&catalog::GROUP_QUOTA),
            namespace_quota: reader.read(&catalog::NAMESPACE_QUOTA),
            max_size: reader.read(&catalog::MAX_SIZE),
            expansion_percent: reader.read(&catalog::EXPANSION_PERCENT),
        },
        max_aggr_count: reader.read(&catalog::MAX_AGGR_COUNT),
        max_aggr_size: reader.read(&catalog::MAX_AGGR_SIZE),
    }
}
