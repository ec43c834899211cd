//! Cuts a program in two that share memory, tables and globals.
//!
//! The first half keeps everything but the code of the functions that are listed. In the place of
//! such a function it has a detour: a call through a new row of the table of functions, after
//! making sure that the rest is there. The rest, instantiated with what the first half exports,
//! fills those rows.
//! Refuses to move data: all of it is in the first half, so both find it where the compiler put it.

mod first;
mod rest;

use crate::idle::List;
use anyhow::Result;
use first::First;
use rest::Rest;
use walrus::{
    ExportItem, FunctionId, GlobalId, ImportKind, MemoryId, Module, ModuleConfig, TableId,
};

/// The name under which the rest knows the first half.
const FIRST: &str = "first";
/// A global of the first half: whether the rest is there.
const ARRIVED: &str = "arrived";

pub(crate) struct Halves {
    pub(crate) first: Vec<u8>,
    pub(crate) rest: Vec<u8>,
}

/// # Errors
/// The program cannot be read, or is not as wasm-bindgen leaves a page's program.
pub(crate) fn cut(wasm: &[u8], list: &List) -> Result<Halves> {
    let mut first = First::read(wasm, list)?;
    let detours = first.detour()?;
    let mut rest = Rest::read(wasm, first.stays())?;
    rest.fill(&detours)?;
    first.lend(&rest.borrow());
    Ok(Halves { first: first.finish(), rest: rest.finish() })
}

/// Where the rest finds one function of its own, among those of the whole program: in this row of
/// the table.
struct Detour {
    function: usize,
    row: u64,
}

/// Something of the first half that the rest uses, and under which name.
struct Loan {
    name: String,
    thing: Thing,
}

/// By its place among the things of its kind in the whole program.
#[derive(Clone, Copy)]
enum Thing {
    Function(usize),
    Table(usize),
    Memory(usize),
    Global(usize),
}

/// The things of a program in their order. Both halves begin as the same program, so a thing has
/// the same place in the lists of both.
struct Things {
    functions: Vec<FunctionId>,
    tables: Vec<TableId>,
    memories: Vec<MemoryId>,
    globals: Vec<GlobalId>,
}

impl Things {
    fn of(module: &Module) -> Things {
        Things {
            functions: module.funcs.iter().map(walrus::Function::id).collect(),
            tables: module.tables.iter().map(walrus::Table::id).collect(),
            memories: module.memories.iter().map(walrus::Memory::id).collect(),
            globals: module.globals.iter().map(walrus::Global::id).collect(),
        }
    }

    fn place(&self, kind: &ImportKind) -> Option<Thing> {
        fn at<T: PartialEq>(list: &[T], id: &T) -> Option<usize> {
            list.iter().position(|other| other == id)
        }
        match kind {
            ImportKind::Function(id) => at(&self.functions, id).map(Thing::Function),
            ImportKind::Table(id) => at(&self.tables, id).map(Thing::Table),
            ImportKind::Memory(id) => at(&self.memories, id).map(Thing::Memory),
            ImportKind::Global(id) => at(&self.globals, id).map(Thing::Global),
            ImportKind::Tag(_) => None,
        }
    }

    fn export(&self, thing: Thing) -> ExportItem {
        match thing {
            Thing::Function(at) => self.functions[at].into(),
            Thing::Table(at) => self.tables[at].into(),
            Thing::Memory(at) => self.memories[at].into(),
            Thing::Global(at) => self.globals[at].into(),
        }
    }
}

fn read(wasm: &[u8]) -> Result<Module> {
    let mut config = ModuleConfig::new();
    // A fifth of the file; only stack traces want it.
    config.generate_name_section(false).generate_producers_section(false);
    config.parse(wasm)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::idle::Named;

    const PROGRAM: &str = r#"(module
        (import "page" "fetch" (func $fetch))
        (memory (export "memory") 1)
        (table 2 2 funcref)
        (elem (i32.const 1) func $listed_in_table)
        (type $unary (func (param i32) (result i32)))
        (func $fetch_rest (export "fetchRest") call $fetch)
        (func $helper (param i32) (result i32) local.get 0 i32.const 1 i32.add)
        (func $only_for_the_late (param i32) (result i32) local.get 0 i32.const 2 i32.mul)
        (func $late (param i32) (result i32)
            local.get 0 call $helper call $only_for_the_late)
        (func $listed_in_table (param i32) (result i32) local.get 0 call $late)
        (func (export "direct") (param i32) (result i32) local.get 0 call $late)
        (func (export "by_table") (param i32) (result i32)
            local.get 0 i32.const 1 call_indirect (type $unary)))"#;

    fn halves() -> Halves {
        let wasm = wat::parse_str(PROGRAM).expect("the program is well formed");
        let named = |name: &str| Named { name: name.to_owned(), size: 99 };
        let list = List::of(&[named("late"), named("listed_in_table")], &[0, 0]);
        cut(&wasm, &list).expect("it can be cut")
    }

    fn shown(wasm: &[u8]) -> String {
        let module = read(wasm).expect("it is a program");
        let exports = module.exports.iter().map(|e| e.name.as_str()).collect::<Vec<_>>();
        let imports = module.imports.iter().map(|i| format!("{}.{}", i.module, i.name));
        let code = module.funcs.iter_local().count();
        format!("imports {:?}, exports {exports:?}, {code} functions", imports.collect::<Vec<_>>())
    }

    /// Whether the halves do what the whole did is for the tests in the browser: nothing runs here.
    #[test]
    fn each_half_has_what_it_needs_and_no_more() {
        let halves = halves();
        assert_eq!(
            shown(&halves.first),
            "imports [\"page.fetch\"], exports [\"memory\", \"fetchRest\", \"direct\", \
             \"by_table\", \"arrived\", \"~0\"], 6 functions"
        );
        assert_eq!(
            shown(&halves.rest),
            "imports [\"first.~0\", \"first.arrived\"], exports [], 5 functions"
        );
    }
}
