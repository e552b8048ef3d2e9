//! Allow-lists of the service: the nodes that may call its capabilities.

use std::collections::BTreeSet;

use crate::boot_refusal::{BootRefusal, Reason};
use crate::capability::{Access, AllowList, AllowListSource, Capability, NodeId};
use crate::config::Layers;

/// Allow-lists of a service, one for each setting and one for each list in an attribute.
#[derive(Debug, Clone, Default)]
pub(super) struct AllowLists(Vec<&'static AllowList>);

/// The nodes of each list in a configuration, which are not in effect yet.
#[derive(Debug)]
pub(super) struct ListedNodes(Vec<(&'static AllowList, BTreeSet<NodeId>)>);

impl ListedNodes {
    /// Replaces the nodes of all lists.
    pub(super) fn apply(self) {
        for (list, nodes) in self.0 {
            list.replace(nodes);
        }
    }
}

impl AllowLists {
    /// Replaces each access policy with a list of nodes by an [`Access::Listed`], which admits nobody
    /// until [`ListedNodes::apply`].
    pub(super) fn resolve<'a>(&mut self, accesses: impl Iterator<Item = &'a mut Access>) {
        for access in accesses {
            let source = match *access {
                Access::Nodes { nodes } => AllowListSource::Attribute(nodes),
                Access::NodesFrom { setting } => AllowListSource::Setting(setting),
                _ => continue,
            };
            *access = Access::Listed(self.of(source));
        }
    }

    /// Returns whether the value of a setting is a list.
    pub(super) fn has_setting(&self, variable: &str) -> bool {
        let source = |list: &&AllowList| matches!(list.source(), AllowListSource::Setting(setting) if setting == variable);
        self.0.iter().any(source)
    }

    fn of(&mut self, source: AllowListSource) -> &'static AllowList {
        let known = self.0.iter().find(|list| list.source() == source);
        known.copied().unwrap_or_else(|| {
            // `Access` is `Copy`, so one small list is leaked for each source at each boot. A reload
            // has the lists of the boot.
            let list: &AllowList = Box::leak(Box::new(AllowList::new(source)));
            self.0.push(list);
            list
        })
    }

    /// Returns the nodes of all lists in the configuration. An unset setting admits nobody.
    ///
    /// # Errors
    ///
    /// One refusal for each setting with a malformed list.
    pub(super) fn read(&self, layers: &Layers) -> Result<ListedNodes, Vec<BootRefusal>> {
        let (mut refusals, mut listed) = (Vec::new(), Vec::new());
        for list in &self.0 {
            match read(list.source(), layers) {
                Ok(nodes) => listed.push((*list, nodes)),
                Err(text) => refusals.push(BootRefusal::new(Reason::SETTING_MALFORMED, text)),
            }
        }
        if refusals.is_empty() {
            Ok(ListedNodes(listed))
        } else {
            Err(refusals)
        }
    }
}

fn read(source: AllowListSource, layers: &Layers) -> Result<BTreeSet<NodeId>, String> {
    let setting = match source {
        // The grammar accepts only node ids.
        AllowListSource::Attribute(nodes) => {
            return Ok(nodes.iter().filter_map(|node| node.parse().ok()).collect());
        }
        AllowListSource::Setting(setting) => setting,
    };
    let text = layers.value(setting).unwrap_or_default();
    let each = text.split(',').map(str::trim);
    let each = each.filter(|node| !node.is_empty());
    let nodes: Result<_, _> = each.map(str::parse::<NodeId>).collect();
    // The value is not printed, because a secret may have been set in the wrong variable.
    nodes.map_err(|_| {
        format!(
            "{setting}: the value is not a list of node ids; set it to the 64 hex digits of each node, \
             with commas between them"
        )
    })
}

/// Returns the setting of an access policy that lists nodes.
pub(super) const fn setting_of(access: Access) -> Option<&'static str> {
    match access {
        Access::NodesFrom { setting } => Some(setting),
        _ => None,
    }
}

/// Logs a warning for each capability that nobody may call.
pub(super) fn report_empty<'a>(capabilities: impl Iterator<Item = &'a Capability>) {
    for capability in capabilities {
        if let Some(Access::Listed(list)) = capability.access
            && list.is_empty()
        {
            let setting = match list.source() {
                AllowListSource::Setting(setting) => Some(setting),
                AllowListSource::Attribute(_) => None,
            };
            tracing::warn!(
                capability = capability.name,
                setting,
                "nobody may call the capability, because its allow-list is empty"
            );
        }
    }
}

/// Returns the access of a capability without one of its own, if the guard has to check it.
pub(super) fn listed(default: Access) -> Option<Access> {
    matches!(default, Access::Listed(_)).then_some(default)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::OwnVariables;

    const FROM: Access = Access::NodesFrom {
        setting: "SHOP_PARTNERS",
    };

    fn layers(partners: &str) -> Layers {
        let declared = OwnVariables {
            env: vec!["SHOP_PARTNERS"],
            ..OwnVariables::default()
        };
        let environment = [("SHOP_PARTNERS".into(), partners.into())].into_iter();
        Layers::merge(environment, &BTreeMap::new(), None, declared).unwrap()
    }

    fn list(access: Access) -> &'static AllowList {
        match access {
            Access::Listed(list) => list,
            other => panic!("not a list: {other:?}"),
        }
    }

    #[test]
    fn all_lists_are_replaced_or_none() {
        let node = |byte: u8| NodeId::from_bytes([byte; 32]);
        let literal: &str = node(9).to_string().leak();
        let nodes: &[&str] = Box::leak(Box::new([literal]));
        let mut accesses = [FROM, Access::Open, Access::Nodes { nodes }, FROM];
        let mut lists = AllowLists::default();
        lists.resolve(accesses.iter_mut());
        assert_eq!(lists.0.len(), 2, "one for each source");
        assert_eq!(accesses[1], Access::Open);
        let [partners, _, own, same] = accesses;
        assert!(!list(own).admits(node(9)), "nobody before the first read");

        let both = format!("{}, {},", node(1), node(2));
        lists.read(&layers(&both)).unwrap().apply();
        assert!(list(partners).admits(node(1)) && list(same).admits(node(2)));
        assert!(!list(partners).admits(node(9)) && list(own).admits(node(9)));

        let malformed = format!("{}, my secret", node(3));
        let refusals = lists.read(&layers(&malformed)).unwrap_err();
        let text = refusals[0].to_string();
        assert!(text.starts_with("setting_malformed: SHOP_PARTNERS: the value is not"));
        assert!(!text.contains("secret"), "{text}");
        assert!(list(partners).admits(node(1)), "nothing has changed");

        lists.read(&layers("")).unwrap().apply();
        assert!(list(partners).is_empty() && !list(partners).admits(node(1)));
        assert!(list(own).admits(node(9)));
    }
}
