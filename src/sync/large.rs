//! Files that are too large to be read. Their documents are known by name, size and time, as those of attachments are; what stood in them
//! while they were smaller is served no longer.

use super::{Look, Run};
use crate::disk::Disk;
use crate::path::VaultPath;
use crate::store::batch::{Arrival, Emptied, Moved, Origin};
use anyhow::Result;
use std::collections::{BTreeMap, HashMap, HashSet};

impl Look {
    /// Takes such files out of what is to be read, whatever the limit was when they were read last.
    pub(super) fn set_large_aside(&mut self, disk: &Disk) {
        let large = self.observation.files.iter().filter_map(|(path, stamp)| Some((path, disk.check_size(stamp.size).err()?)));
        self.large = large.filter(|(path, _)| path.kind().is_read()).map(|(path, why)| (path.clone(), why.to_string())).collect();
        if self.large.is_empty() {
            return;
        }
        let to_read = std::mem::take(&mut self.plan.to_read).into_iter();
        let (large, to_read): (Vec<VaultPath>, _) = to_read.partition(|path| self.large.contains_key(path));
        self.plan.to_read = to_read;
        let moved: HashSet<&VaultPath> = self.plan.moved.iter().map(|moved| &moved.to).collect();
        let is_news = |path: &VaultPath| {
            let (is, was) = (self.stamp(path), self.known[path].stamp);
            is.mtime_ns == 0 || (is.mtime_ns, is.size, is.file_id) != (was.mtime_ns, was.size, was.file_id)
        };
        let touched: Vec<VaultPath> = large.into_iter().filter(|path| !moved.contains(path) && is_news(path)).collect();
        self.plan.touched.extend(touched);
    }
}

impl Run<'_> {
    /// Returns the documents of such files in which something stands, and those that have just come.
    pub(super) async fn emptied(&mut self, look: &Look, moved: &[Moved], arrived: &[Arrival]) -> Result<Vec<Emptied>> {
        if look.large.is_empty() {
            return Ok(Vec::new());
        }
        let known = look.known.values().map(|known| (&known.path, known.doc_id.as_str()));
        let mut ids: BTreeMap<&VaultPath, &str> = known.collect();
        ids.extend(moved.iter().map(|moved| (&moved.to, moved.doc_id.as_str())));
        ids.extend(arrived.iter().map(|arrival| (&arrival.path, arrival.doc_id.as_str())));
        let large: HashMap<&str, &VaultPath> = look.large.keys().map(|path| (ids[path], path)).collect();
        let mut emptied = self.store.with_contents(&large.keys().copied().collect::<Vec<_>>()).await?;
        emptied
            .extend(arrived.iter().filter(|a| a.origin == Origin::New && large.contains_key(a.doc_id.as_str())).map(|a| a.doc_id.clone()));
        Ok(emptied.into_iter().map(|doc_id| Emptied { path: large[doc_id.as_str()].clone(), doc_id }).collect())
    }
}
