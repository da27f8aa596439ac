//! From units to a diagram.
//!
//! Owns who takes part, which line belongs to whom, and how many lines are held. Lines are folded while they come, each
//! thread's stretch for itself, so that equal instances fold alike and memory is bounded by what differs.

mod cast;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::diagram::entry::{Drawn, Entry, Node, Position, Who};
use crate::diagram::instances::{self, Ties};
use crate::diagram::model::Diagram;
use crate::diagram::rules::{self, Sketch, What};
use crate::diagram::scene::{Scene, Strand, is_repeat, place};
use crate::diagram::{Detail, elide, fold, label, masks, notes};
use crate::finding::Finding;
use crate::ident::{ActorName, StrandName};
use crate::order::unit::{Placed, Shape, Unit};
use crate::trace::event::{Footer, Frame, Header, Kind};
use crate::trace::mask::Marks;

/// How many lines are held for `instances` to compare, about 60 MB; what comes after is counted, and its end kept.
const MOST_HELD: usize = 250_000;

/// How many of the last lines are held beyond that.
const LAST_HELD: usize = 256;

/// After so many lines of one thread these are folded before its end.
const FOLD_EVERY: usize = 4096;

/// How far back a fold looks into what was folded before: three of the longest repetitions.
const LOOK_BACK: usize = 192;

/// How many nodes are still searched for repetitions across threads: more would be left out anyway.
const MOST_SEARCHED: usize = 20_000;

/// The longest label of a participant, in characters.
const LONGEST_NAME: usize = 40;

/// Draws units, one after another.
#[derive(Debug)]
pub struct Builder {
    header: Header,
    detail: Detail,
    /// Whether nothing is left out for a picture's sake.
    whole: bool,
    actors: Vec<ActorName>,
    actor_ids: HashMap<ActorName, Who>,
    strands: Vec<StrandState>,
    named: Vec<Strand>,
    strand_ids: HashMap<Arc<StrandName>, u32>,
    ties: Ties,
    nodes: Vec<Node>,
    /// Where the current thread's stretch begins, which thread it is, and up to where it was folded.
    stretch: (usize, u32, usize),
    last: VecDeque<Node>,
    dropped: u64,
}

#[derive(Debug)]
struct StrandState {
    owner: Option<Who>,
    /// The frames of its last drawn event.
    frames: Box<[Frame]>,
}

impl Builder {
    /// An empty diagram of this trace.
    pub fn new(header: &Header, detail: Detail) -> Self {
        let mut builder = Self {
            header: header.clone(),
            detail,
            whole: false,
            actors: Vec::new(),
            actor_ids: HashMap::new(),
            strands: Vec::new(),
            named: Vec::new(),
            strand_ids: HashMap::new(),
            ties: Ties::default(),
            nodes: Vec::new(),
            stretch: (0, 0, 0),
            last: VecDeque::new(),
            dropped: 0,
        };
        for actor in &header.actors {
            if actor.count.is_none() {
                builder.actor(&ActorName::new(&actor.name));
            }
        }
        builder
    }

    /// Leaves nothing out for a picture's sake: a diagram that is compared, not looked at.
    #[must_use]
    pub const fn whole(mut self) -> Self {
        self.whole = true;
        self
    }

    /// Draws the next unit of the canonical order.
    pub fn unit(&mut self, unit: &Unit) {
        self.judged(unit, &[]);
    }

    /// Draws the next unit, and right behind it what was found about its events when the run was over.
    pub fn judged(&mut self, unit: &Unit, findings: &[(&Placed, Finding)]) {
        self.note_edges(unit);
        self.note_region(unit);
        let thread = self.strand(&unit.thread);
        for sketch in rules::sketch(unit, self.detail) {
            self.sketch(sketch, thread, !findings.is_empty());
        }
        for (event, finding) in findings {
            self.sketch(notes::note(event, notes::finding(finding)), thread, false);
        }
    }

    fn sketch(&mut self, sketch: Sketch<'_>, thread: u32, noted: bool) {
        let at: Vec<Position> = sketch.events.iter().map(|event| self.position(event)).collect();
        let mut owners = at.iter().map(|position| self.strands[position.strand as usize].owner);
        let owner = owners
            .next()
            .flatten()
            .filter(|owner| owners.all(|other| other == Some(*owner)));
        let drawn = match sketch.what {
            What::Arrow(from, to, arrow, text) => Drawn::Arrow(self.actor(&from), self.actor(&to), arrow, text),
            What::Note(over, text) => self.note(&over, text),
            What::NoteOverAll(text) => Drawn::NoteOverAll(text),
        };
        self.push(Entry {
            drawn,
            thread,
            owner,
            at,
            message: sketch.message,
            noted,
        });
    }

    /// The diagram. `hash` is that of the whole canonical order; `findings` are those that were made after the run; `marks`
    /// are those of masked values in the units.
    pub fn finish(mut self, footer: &Footer, hash: &str, findings: &[Finding], marks: &Marks) -> Diagram {
        let thread = self.strand(&Arc::new(StrandName::run()));
        for finding in findings {
            let strand: Option<StrandName> = finding.strand.parse().ok();
            let drawn = match strand.and_then(|strand| strand.actor) {
                Some(actor) => self.note(&[actor], notes::finding(finding)),
                None => Drawn::NoteOverAll(notes::finding(finding)),
            };
            self.push_alone(drawn, thread);
        }
        if let Some(by) = &footer.cut {
            let text = label::short(&format!("cut here by {by}"), label::LONGEST);
            self.push_alone(Drawn::NoteOverAll(text), thread);
        }
        self.fold_stretch();
        self.close_gap(thread);

        let nodes = std::mem::take(&mut self.nodes);
        let instances::Folded {
            nodes,
            labels,
            drawn_by,
            owned,
        } = instances::fold(nodes, &self.actors, std::mem::take(&mut self.ties), marks);
        let cast = elide::Cast {
            participants: self.cast(&labels, &drawn_by),
            drawn_by,
        };
        let is_repeat = is_repeat(&self.header);
        let nodes = if nodes.len() <= MOST_SEARCHED {
            let scene = Scene {
                steps: &self.header.steps,
                strands: &self.named,
            };
            fold::fold(nodes, &scene)
        } else {
            nodes
        };
        let mut nodes = if self.whole {
            nodes
        } else {
            elide::narrow(nodes, &is_repeat)
        };
        masks::show(&mut nodes, marks, &owned);
        let scene = Scene {
            steps: &self.header.steps,
            strands: &self.named,
        };
        let tokens = scene.tokens(nodes);
        let diagram = Diagram {
            scenario: label::short(&self.header.scenario, label::LONGEST),
            case: (self.header.case.as_deref()).map(|case| label::short(case, label::LONGEST)),
            title: (self.header.title.as_deref()).map(|title| label::short(title, label::LONGEST)),
            seed: (footer.draws > 0).then_some(self.header.seed),
            hash: hash.to_owned(),
            verdict: (self.header.expect).shown(footer.verdict).map(str::to_owned),
            ..Diagram::default()
        };
        elide::fit(diagram, tokens, &cast, self.whole)
    }

    fn actor(&mut self, name: &ActorName) -> Who {
        if let Some(who) = self.actor_ids.get(name) {
            return *who;
        }
        let who = self.actors.len() as Who;
        self.actors.push(name.clone());
        self.actor_ids.insert(name.clone(), who);
        who
    }

    fn strand(&mut self, name: &Arc<StrandName>) -> u32 {
        if let Some(strand) = self.strand_ids.get(name) {
            return *strand;
        }
        let owner = name.root().actor.filter(|actor| actor.instance.is_some());
        let owner = owner.map(|actor| self.actor(&actor));
        if let Some(actor) = &name.actor {
            self.actor(actor);
        }
        let strand = self.strands.len() as u32;
        self.named.push(Strand {
            name: Arc::clone(name),
            key: name.key(&|base| place(&self.header, base)),
            around: 0,
        });
        self.strands.push(StrandState {
            owner,
            frames: Box::default(),
        });
        self.strand_ids.insert(Arc::clone(name), strand);
        strand
    }

    /// Where a drawn event stands, and how its frames differ from those of its strand's last drawn one.
    fn position(&mut self, event: &Placed) -> Position {
        let strand = self.strand(&event.strand);
        let frames: Box<[Frame]> = event.event.frames.as_slice().into();
        let before = &self.strands[strand as usize].frames;
        let kept = frames.iter().zip(before).take_while(|(a, b)| a == b).count();
        let round = match (frames.get(kept), before.get(kept)) {
            (Some(a), Some(b)) => (a.step, a.time) == (b.step, b.time) && is_repeat(&self.header)(a.step),
            _ => false,
        };
        self.strands[strand as usize].frames = frames.clone();
        Position {
            strand,
            frames,
            kept,
            round,
        }
    }

    fn note(&mut self, over: &[ActorName], text: String) -> Drawn {
        let mut whos = Vec::new();
        for name in over {
            let instances = self
                .actors
                .iter()
                .any(|actor| actor.base == name.base && actor.instance.is_some());
            if name.instance.is_none() && instances {
                let of_base = |(who, actor): (Who, &ActorName)| (actor.base == name.base).then_some(who);
                whos.extend((0..).zip(&self.actors).filter_map(of_base));
            } else {
                whos.push(self.actor(name));
            }
        }
        if whos.is_empty() {
            Drawn::NoteOverAll(text)
        } else {
            Drawn::Note(whos, text)
        }
    }

    /// Keeps for `instances` who has to do with whom, whether it is drawn or not.
    fn note_edges(&mut self, unit: &Unit) {
        let owners: Vec<_> = (unit.shape.placed().into_iter())
            .filter(|placed| !placed.strand.is_drain())
            .map(|placed| {
                let strand = self.strand(&placed.strand);
                (self.strands[strand as usize].owner, &placed.event.event)
            })
            .collect();
        for (owner, event) in &owners {
            match (event, owner) {
                (Kind::Access { cells }, owner) => {
                    let tying = cells.iter().filter(|access| !self.header.is_unordered(&access.cell));
                    self.ties.access(*owner, tying);
                }
                (Kind::Signalled { .. } | Kind::Awaited { .. }, Some(owner)) => self.ties.tie(*owner),
                _ => {}
            }
        }
        self.ties
            .edge(&owners.into_iter().map(|(owner, _)| owner).collect::<Vec<_>>());
    }

    /// Keeps which frames are around what a peer causes.
    fn note_region(&mut self, unit: &Unit) {
        let Shape::Local { event } = &unit.shape else { return };
        let Kind::Spawned { strand } = &event.event.event else {
            return;
        };
        if let Ok(name) = strand.parse::<StrandName>()
            && name.whole().is_some()
        {
            let strand = self.strand(&Arc::new(name));
            self.named[strand as usize].around = event.event.frames.len();
        }
    }

    fn push_alone(&mut self, drawn: Drawn, thread: u32) {
        self.push(Entry {
            drawn,
            thread,
            owner: None,
            at: Vec::new(),
            message: false,
            noted: false,
        });
    }

    fn push(&mut self, entry: Entry) {
        let over = match &entry.drawn {
            Drawn::Arrow(from, to, ..) => vec![*from, *to],
            Drawn::Note(over, _) => over.clone(),
            _ => Vec::new(),
        };
        for who in over {
            if self.actors[who as usize].instance.is_some() && entry.owner != Some(who) {
                self.ties.tie(who);
            }
        }
        let (start, thread, folded) = self.stretch;
        if thread != entry.thread {
            self.fold_stretch();
            self.stretch = (self.nodes.len(), entry.thread, self.nodes.len());
        } else if self.nodes.len() >= folded.max(start) + FOLD_EVERY {
            self.fold_stretch();
        }
        let node = Node::one(entry, &is_repeat(&self.header));
        if self.nodes.len() < MOST_HELD {
            self.nodes.push(node);
            return;
        }
        self.last.push_back(node);
        if self.last.len() > LAST_HELD
            && let Some(node) = self.last.pop_front()
        {
            self.dropped += node.stands_for();
            for owner in node.entries().iter().filter_map(|entry| entry.owner) {
                self.ties.tie(owner);
            }
        }
    }

    fn fold_stretch(&mut self) {
        let (start, thread, folded) = self.stretch;
        let from = folded.saturating_sub(LOOK_BACK).max(start);
        let tail = self.nodes.split_off(from.min(self.nodes.len()));
        let scene = Scene {
            steps: &self.header.steps,
            strands: &self.named,
        };
        self.nodes.extend(fold::fold(tail, &scene));
        self.stretch = (start, thread, self.nodes.len());
    }

    /// Puts what was held of the end behind a mark for what was not held.
    fn close_gap(&mut self, thread: u32) {
        if self.dropped > 0 {
            let gap = Entry {
                drawn: Drawn::Gap(self.dropped),
                thread,
                owner: None,
                at: Vec::new(),
                message: false,
                noted: false,
            };
            self.nodes.push(Node::one(gap, &is_repeat(&self.header)));
        }
        self.nodes.extend(std::mem::take(&mut self.last));
    }
}
