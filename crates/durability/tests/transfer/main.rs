//! Many items at once: archives that are exported come back entry by entry, imports and clones tell of every item what
//! became of it, and a broken archive changes nothing (`spec/config-semantics` §8).

mod abandoned;
mod archive;
mod bed;
mod broken;
mod policies;
mod round_trip;
