//! A program that notes which of its functions ran: one byte each, in a memory of its own.
//! Refuses to count: whether it ran is all that anybody asks.

use crate::idle::Named;
use walrus::ir::{Const, MemArg, StoreKind, Value};
use walrus::{Function, FunctionId, Module};

/// Where a reader finds the notes, among the program's exports.
const MEMORY: &str = "marks";
const PAGE: usize = 65_536;

/// The notes of a function lie at its place in [`names`].
pub(crate) fn mark(mut module: Module) -> Vec<u8> {
    let functions: Vec<FunctionId> = module.funcs.iter_local().map(|(id, _)| id).collect();
    let pages = functions.len().div_ceil(PAGE) as u64;
    let memory = module.memories.add_local(false, false, pages, None, None);
    module.exports.add(MEMORY, memory);
    for (at, id) in functions.into_iter().enumerate() {
        let function = module.funcs.get_mut(id).kind.unwrap_local_mut();
        let place = i32::try_from(at).expect("a program has fewer functions than that");
        let mut body = function.builder_mut().func_body();
        body.instr_at(0, Const { value: Value::I32(place) });
        body.instr_at(1, Const { value: Value::I32(1) });
        let kind = StoreKind::I32_8 { atomic: false };
        body.store_at(2, memory, kind, MemArg { align: 1, offset: 0 });
    }
    module.emit_wasm()
}

/// Every function that has code, in the order of the notes.
pub(crate) fn names(module: &Module) -> Vec<Named> {
    module.funcs.iter_local().map(|(id, _)| named(module.funcs.get(id))).collect()
}

fn named(function: &Function) -> Named {
    let size = function.kind.unwrap_local().size();
    Named { name: function.name.clone().unwrap_or_default(), size }
}
