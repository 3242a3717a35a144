//! The needs of a sampler: the spans that it is asked about, and the data that it looks at.

use crate::site::SiteNeeds;

/// What a sampler needs in addition to being asked about local roots.
///
/// ```
/// use trace_runtime::sampling::SamplerNeeds;
///
/// let needs = SamplerNeeds::NONE.with_attributes();
/// assert!(needs.attributes() && !needs.children());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SamplerNeeds(u8);

const CHILDREN: u8 = 1;
const ATTRIBUTES: u8 = 2;

impl SamplerNeeds {
    /// No needs: the sampler decides about local roots, and their descendants follow.
    pub const NONE: Self = Self(0);

    /// Asks the sampler about spans whose parent is in this process, too. Such calls do not take the
    /// fast path.
    #[must_use]
    pub const fn with_children(self) -> Self {
        Self(self.0 | CHILDREN)
    }

    /// Evaluates the attributes of a call before the sampler is asked about it. Otherwise they are
    /// evaluated only if the span is recorded.
    #[must_use]
    pub const fn with_attributes(self) -> Self {
        Self(self.0 | ATTRIBUTES)
    }

    /// Adds the needs of another sampler.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns whether the sampler is asked about spans whose parent is in this process.
    pub const fn children(self) -> bool {
        self.0 & CHILDREN != 0
    }

    /// Returns whether attributes are evaluated before the sampler is asked.
    pub const fn attributes(self) -> bool {
        self.0 & ATTRIBUTES != 0
    }

    /// Returns the same as what applies at a site.
    pub(crate) const fn at_site(self) -> SiteNeeds {
        let children = if self.children() { SiteNeeds::ASKS } else { SiteNeeds::NONE };
        let attributes = if self.attributes() { SiteNeeds::SHOWS } else { SiteNeeds::NONE };
        children.and(attributes)
    }
}
