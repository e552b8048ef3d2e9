//! Subscriptions, facts and schedules in a source.

use hecate_om_grammar::attributes::ScheduleArgs;
use syn::ext::IdentExt;
use syn::{ImplItem, ItemFn, ItemImpl, ItemStruct, Type};

use super::{Position, SourceReader};
use crate::scan::attributes::{CRON, EVERY, FACT, SUBSCRIBE};
use crate::scan::expressions::literal;
use crate::scan::facts::{FactPath, FactType};
use crate::scan::found::FoundItem;
use crate::scan::imports::Origin;
use crate::scan::items;
use crate::scan::report::Location;

impl SourceReader<'_> {
    /// Adds subscriptions and schedules.
    pub(super) fn handlers(&mut self, function: &ItemFn, at: Position<'_>) {
        let (attributes, ours) = self.own_attributes(&function.attrs, SUBSCRIBE, at);
        for (attribute, certain) in ours {
            match items::subscription(&attribute.meta, &attributes, &function.sig) {
                Some(found) => {
                    let location = Location::new(at.file, found.span);
                    match found.inferred {
                        None => self.found.subscriptions.push(FoundItem {
                            item: found.subscription,
                            location,
                            certain,
                        }),
                        Some(of) => {
                            let path = FactPath {
                                path: at.imports.resolved(&of),
                                file: at.file.to_owned(),
                            };
                            self.found.inferred.push(FoundItem {
                                item: (found.subscription, path),
                                location,
                                certain,
                            });
                        }
                    }
                }
                None => self.found.mistaken |= certain,
            }
        }
        for (name, parse) in [
            (EVERY, ScheduleArgs::parse_every as fn(_, &mut _) -> _),
            (CRON, ScheduleArgs::parse_cron),
        ] {
            let (attributes, ours) = self.own_attributes(&function.attrs, name, at);
            for (attribute, certain) in ours {
                match items::schedule(&attribute.meta, &attributes, &function.sig, parse) {
                    Some((item, span)) => {
                        let location = Location::new(at.file, span);
                        self.found.schedules.push(FoundItem {
                            item,
                            location,
                            certain,
                        });
                    }
                    None => self.found.mistaken |= certain,
                }
            }
        }
    }

    /// Adds the fact of a struct.
    pub(super) fn publications(&mut self, item: &ItemStruct, at: Position<'_>) {
        let (attributes, ours) = self.own_attributes(&item.attrs, FACT, at);
        for (attribute, certain) in ours {
            match items::publication(&attribute.meta, &attributes, item) {
                Some((publication, span)) => {
                    self.found.facts.push(FactType {
                        name: item.ident.unraw().to_string(),
                        topic: publication.topic.clone(),
                        file: at.file.to_owned(),
                    });
                    self.found.publications.push(FoundItem {
                        item: publication,
                        location: Location::new(at.file, span),
                        certain,
                    });
                }
                None => self.found.mistaken |= certain,
            }
        }
    }

    /// Adds the topic of a type that implements `Fact` without the attribute, as types of a
    /// generated client do.
    pub(super) fn fact_type(&mut self, block: &ItemImpl, at: Position<'_>) {
        let Some((path, _)) = &block.trait_ else {
            return;
        };
        let Type::Path(of) = &*block.self_ty else {
            return;
        };
        if at.imports.origin(path, "Fact", self.compiled.runtime) == Origin::Foreign
            || !self.compiled.is_certain(&block.attrs)
        {
            return;
        }
        let topic = block.items.iter().find_map(|item| match item {
            ImplItem::Const(constant) if constant.ident == "TOPIC" => literal(&constant.expr),
            _ => None,
        });
        if let (Some(topic), Some(name)) = (topic, of.path.segments.last()) {
            self.found.facts.push(FactType {
                name: name.ident.unraw().to_string(),
                topic: topic.value(),
                file: at.file.to_owned(),
            });
        }
    }
}
