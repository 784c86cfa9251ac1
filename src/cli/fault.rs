//! What the machine refuses, whoever asked it (the disk is full, read-only, closed to us, or failing), as data: each with its cure.

use crate::index;
use crate::store;
use std::io;

/// A kind of refusal: the system's error numbers, SQLite's and PostgreSQL's codes, and what to do.
struct Fault {
    system: &'static [i32],
    sqlite: &'static [u32],
    postgres: &'static [&'static str],
    cure: &'static str,
}

const FAULTS: &[Fault] = &[
    Fault {
        // No space, no quota, no larger files.
        system: &[28, 122, 27],
        sqlite: &[13],
        postgres: &["53100"],
        cure: "make room there, or move the data with --data-dir, and run it again: what was begun is undone or taken up",
    },
    Fault {
        system: &[30],
        sqlite: &[8],
        postgres: &[],
        cure: "the data must lie where it can be written: see --data-dir, and `vault-sync doctor`",
    },
    Fault {
        system: &[1, 13],
        sqlite: &[3, 23],
        postgres: &["42501"],
        cure: "see to who may read and write there; `vault-sync doctor` says what is amiss",
    },
    Fault {
        system: &[23, 24],
        sqlite: &[],
        postgres: &[],
        cure: "close some programs, or allow more open files with `ulimit -n 1024`, and run it again",
    },
    Fault {
        system: &[5],
        sqlite: &[10],
        postgres: &["58030"],
        cure: "see to the disk, which may be full or failing; `vault-sync doctor` checks what lies on it",
    },
    Fault {
        system: &[],
        sqlite: &[],
        postgres: &["25006"],
        cure: "the database takes no writes, because it is a read-only copy or the role may only read: give the address of one that does",
    },
    Fault {
        // A statement was prepared, and the next one came by another connection.
        system: &[],
        sqlite: &[],
        postgres: &["42P05", "26000"],
        cure: "a pooler before the server shares connections by transaction: let it do so by session, or give the server's own address",
    },
    Fault {
        system: &[],
        sqlite: &[],
        postgres: &["57014"],
        cure: "a `statement_timeout` is set that is too short for this: raise it for the role, or with `?options[statement_timeout]=0` in the address",
    },
    Fault {
        system: &[],
        sqlite: &[],
        postgres: &["22001"],
        cure: "a column that was there before vault-sync is too narrow, and something is built on it: give it the type text by hand",
    },
    Fault { system: &[], sqlite: &[], postgres: &["XX001", "XX002"], cure: "`vault-sync doctor` says what is damaged, and how to go on" },
    Fault { system: &[], sqlite: &[14], postgres: &[], cure: "`vault-sync doctor` looks for the reason" },
];

/// Returns what to do about an error, if it is one of the machine's.
pub(super) fn cure(error: &anyhow::Error) -> Option<&'static str> {
    if error.chain().any(index::is_lost_writer) {
        return Some(
            "the index could not be written: the disk may be full, or too few files may be open (`ulimit -n`); the next sync tries again",
        );
    }
    let system = error.chain().find_map(|cause| {
        let number = cause.downcast_ref::<io::Error>().or_else(|| index::io_error(cause)).and_then(io::Error::raw_os_error);
        number.or_else(|| number_in(&cause.to_string()))
    });
    let code = store::code_of(error).unwrap_or_default();
    // PostgreSQL's codes have five characters; SQLite's say in their lowest byte what they are a case of.
    let sqlite = code.parse::<u32>().ok().filter(|_| code.len() < 5).map(|code| code & 0xff);
    let is_it = |fault: &&Fault| {
        system.is_some_and(|number| fault.system.contains(&number))
            || sqlite.is_some_and(|code| fault.sqlite.contains(&code))
            || fault.postgres.contains(&code.as_str())
    };
    FAULTS.iter().find(is_it).map(|fault| fault.cure)
}

/// Returns the system's number in what an error says: below the index some keep the words of an error, and not the error.
fn number_in(said: &str) -> Option<i32> {
    said.rsplit_once("(os error ")?.1.split_once(')')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context as _;

    #[test]
    fn an_error_of_the_system_has_a_cure_however_deep_it_lies() {
        let said = |number| {
            let error: Result<(), io::Error> = Err(io::Error::from_raw_os_error(number));
            cure(&error.context("writing the state file").unwrap_err())
        };
        for (number, expected) in [(28, Some("make room")), (30, Some("--data-dir")), (24, Some("ulimit")), (5, Some("failing")), (2, None)]
        {
            match expected {
                Some(words) => assert!(said(number).is_some_and(|cure| cure.contains(words)), "{number}"),
                None => assert_eq!(said(number), None),
            }
        }
    }
}
