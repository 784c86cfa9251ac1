//! The pure rules of `vault-sync` and their laws, for the fuzz targets beside this: each gives its input to one law.
//!
//! `fuzz/run` builds them on the stable toolchain and runs each for a bounded number of inputs; `cargo fuzz run note` works too.

#[path = "../../src"]
mod rules {
    pub mod clock;
    pub mod facts;
    pub mod laws;
    pub mod note;
    pub mod path;
    pub mod resolve;
    pub mod writeback {
        mod splice;
        pub use splice::splice;
    }
}

pub use rules::*;
