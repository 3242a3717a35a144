//! The tests whose captures are side by side, in one binary. What changes the process for all has a separate one.

mod assertions;
mod capture;
mod deep;
mod propagation;
mod receiver;
mod render;
mod signals;
mod tree;
mod tree_oracle;
