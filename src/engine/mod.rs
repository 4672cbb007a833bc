//! The serving engine: the tree in memory as immutable snapshots, and who waits for what.
