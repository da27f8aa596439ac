//! What is known of the size of messages before there is one.

use super::Definition;
use super::kind::{Extent, Field, Kind, Of, Role};
use super::scope::Formula;

/// What is known of each layout's size.
#[derive(Debug, Default)]
pub struct Sizes {
    known: Vec<Option<Known>>,
    open: Vec<bool>,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    least: usize,
    fixed: Option<usize>,
}

impl Sizes {
    /// What is known of these layouts.
    pub fn of(all: &[Definition]) -> Self {
        let mut sizes = Self {
            known: vec![None; all.len()],
            open: vec![false; all.len()],
        };
        for at in 0..all.len() {
            sizes.find_out(all, at, 0);
        }
        // A message is open where one inside it is; each round finds one more, or it is the last.
        while let Some(at) = (0..all.len()).find(|at| !sizes.open[*at] && sizes.opens(&all[*at])) {
            sizes.open[at] = true;
        }
        sizes
    }

    /// Whether nothing in the message in this place says where it ends.
    pub fn is_open(&self, at: usize) -> bool {
        self.open.get(at).copied().unwrap_or_default()
    }

    /// Whether the field in this place goes as far as there is something.
    pub fn field_is_open(&self, fields: &[Field], place: usize) -> bool {
        !is_bound(fields, place) && self.kind_is_open(&fields[place].kind)
    }

    /// How many bytes these fields have, where that is the same for all messages.
    pub fn fixed(&self, fields: &[Field]) -> Option<usize> {
        let sizes = fields.iter().map(|field| match field.when {
            None => self.kind_fixed(&field.kind),
            Some(_) => None,
        });
        let sizes = sizes.collect::<Option<Vec<usize>>>()?.into_iter();
        sizes.chain([bits(fields) / 8]).try_fold(0, usize::checked_add)
    }

    /// How many bytes a type has at the least.
    pub(super) fn least(&self, kind: &Kind) -> usize {
        match kind {
            Kind::Scalar(scalar) => scalar.least_size(),
            Kind::Message(at, Extent::End) => self.known.get(*at).copied().flatten().map_or(0, |known| known.least),
            Kind::Bytes(extent)
            | Kind::Text(extent)
            | Kind::List(_, extent)
            | Kind::Message(_, extent)
            | Kind::Switch { extent, .. } => match extent {
                Extent::Prefix(number) => number.least_size(),
                Extent::Until(end) => end.len(),
                Extent::Size(Formula::Number(size)) => usize::try_from(*size).unwrap_or(usize::MAX),
                Extent::End | Extent::Size(_) | Extent::Count(_) => 0,
            },
        }
    }

    fn kind_fixed(&self, kind: &Kind) -> Option<usize> {
        match kind {
            Kind::Scalar(scalar) => scalar.fixed_size(),
            Kind::Message(at, Extent::End) => self.known.get(*at).copied().flatten()?.fixed,
            kind => match kind.extent() {
                Some(Extent::Size(Formula::Number(size))) => usize::try_from(*size).ok(),
                _ => None,
            },
        }
    }

    /// Finds out about a message and those inside it, each once; of one that is inside itself nothing is known.
    fn find_out(&mut self, all: &[Definition], at: usize, depth: usize) {
        if self.known[at].is_some() {
            return;
        }
        self.known[at] = Some(Known { least: 0, fixed: None });
        let fields = &all[at].fields;
        for field in fields {
            if let Kind::Message(inner, Extent::End) = &field.kind
                && depth < super::DEEPEST
                && *inner < all.len()
            {
                self.find_out(all, *inner, depth + 1);
            }
        }
        let there = fields.iter().filter(|field| field.when.is_none());
        let least = there.map(|field| self.least(&field.kind));
        let least = least.fold(bits(fields) / 8, usize::saturating_add);
        let fixed = self.fixed(fields);
        self.known[at] = Some(Known { least, fixed });
    }

    fn opens(&self, definition: &Definition) -> bool {
        let fields = &definition.fields;
        (0..fields.len()).any(|place| self.field_is_open(fields, place)) && !fields.iter().any(says_the_end)
    }

    fn kind_is_open(&self, kind: &Kind) -> bool {
        match kind {
            Kind::Message(at, Extent::End) => self.is_open(*at),
            Kind::Switch {
                cases,
                other,
                extent: Extent::End,
                ..
            } => {
                let mut kinds = cases.iter().map(|(_, kind)| kind).chain(other.as_deref());
                kinds.any(|kind| self.kind_is_open(kind))
            }
            Kind::Bytes(Extent::End) | Kind::Text(Extent::End) | Kind::List(_, Extent::End) => true,
            Kind::List(of, Extent::Prefix(_) | Extent::Count(_) | Extent::Until(_)) => self.kind_is_open(of),
            _ => false,
        }
    }
}

fn bits(fields: &[Field]) -> usize {
    fields.iter().filter_map(|field| field.kind.bits()).sum::<u32>() as usize
}

/// Whether a field says where its message ends.
const fn says_the_end(field: &Field) -> bool {
    matches!(
        (&field.role, &field.when),
        (
            Role::SizeOf {
                of: Of::Rest | Of::All,
                ..
            },
            None
        )
    )
}

/// Whether an earlier field of the same message says how far a field goes.
fn is_bound(fields: &[Field], place: usize) -> bool {
    let is_list = matches!(&fields[place].kind, Kind::List(_, Extent::End));
    fields[..place].iter().any(|field| match &field.role {
        Role::SizeOf { of: Of::Fields(of), .. } => field.when.is_none() && of.contains(&place),
        Role::CountOf(of) => field.when.is_none() && is_list && *of == place,
        _ => false,
    })
}
