//! Finds the parsed text of a site.

use super::table::NumberMap;
use crate::site::{Site, SiteInfo};

/// The parsed sites, by address.
#[derive(Default)]
pub(super) struct Sites {
    /// The sites used most recently, by some bits of their address.
    latest: Vec<Option<(u64, &'static SiteInfo)>>,
    all: NumberMap<&'static SiteInfo>,
}

impl Sites {
    const LATEST: usize = 1_024;

    #[inline]
    pub(super) fn get(&mut self, site: &'static Site) -> &'static SiteInfo {
        let address = std::ptr::from_ref(site) as u64;
        let place = (address >> 4 ^ address >> 14) as usize % Self::LATEST;
        match self.latest.get(place) {
            Some(&Some((of, info))) if of == address => info,
            _ => self.look_up(address, site, place),
        }
    }

    #[cold]
    fn look_up(&mut self, address: u64, site: &'static Site, place: usize) -> &'static SiteInfo {
        let info = *self.all.entry(address).or_insert_with(|| site.info());
        self.latest.resize(Self::LATEST, None);
        self.latest[place] = Some((address, info));
        info
    }
}
