//! The half that a first visit loads.
//! Refuses to know where the rest comes from: it calls an export of its own that fetches it.

use super::{ARRIVED, Detour, Loan, Things, read};
use crate::idle::List;
use anyhow::{Context, Result};
use std::collections::HashSet;
use walrus::ir::{Value, Visitor, dfs_in_order};
use walrus::{
    ConstExpr, ElementItems, ExportItem, FunctionBuilder, FunctionId, FunctionKind, GlobalId,
    LocalFunction, Module, TableId, ValType,
};

/// The export that fetches the rest and comes back when it is there.
const FETCH: &str = "fetchRest";

pub(super) struct First {
    module: Module,
    things: Things,
    listed: HashSet<FunctionId>,
    /// What can be called without passing through a listed function, listed ones included.
    reached: HashSet<FunctionId>,
    table: TableId,
    arrived: GlobalId,
}

impl First {
    pub(super) fn read(wasm: &[u8], list: &List) -> Result<First> {
        let mut module = read(wasm)?;
        let things = Things::of(&module);
        let is_listed = |f: &&walrus::Function| f.name.as_deref().is_some_and(|n| list.has(n));
        let local = module.funcs.iter().filter(|f| matches!(f.kind, FunctionKind::Local(_)));
        let listed = local.filter(is_listed).map(walrus::Function::id).collect();
        let reached = reach(&module, &listed);
        let table = module.tables.main_function_table()?.context("there is no table")?;
        let not_yet = ConstExpr::Value(Value::I32(0));
        let arrived = module.globals.add_local(ValType::I32, true, false, not_yet);
        module.exports.add(ARRIVED, arrived);
        Ok(First { module, things, listed, reached, table, arrived })
    }

    /// For every function of the program whether its code is here.
    pub(super) fn stays(&self) -> Vec<bool> {
        let stays = |id| self.reached.contains(id) && !self.listed.contains(id);
        self.things.functions.iter().map(stays).collect()
    }

    /// Puts a detour in the place of every listed function that somebody here may call.
    pub(super) fn detour(&mut self) -> Result<Vec<Detour>> {
        let ensure = self.ensure()?;
        let base = self.module.tables.get(self.table).initial;
        let mut detours = Vec::new();
        for (function, id) in self.things.functions.iter().enumerate() {
            if self.listed.contains(id) && self.reached.contains(id) {
                let row = base + detours.len() as u64;
                let body = detour(&mut self.module, *id, ensure, self.table, row)?;
                self.module.funcs.get_mut(*id).kind = FunctionKind::Local(body);
                detours.push(Detour { function, row });
            }
        }
        let table = self.module.tables.get_mut(self.table);
        table.initial = base + detours.len() as u64;
        table.maximum = table.maximum.map(|most| most.max(table.initial));
        Ok(detours)
    }

    /// Fetches the rest, unless it is there.
    fn ensure(&mut self) -> Result<FunctionId> {
        let fetch = self.module.exports.get_func(FETCH)?;
        let mut builder = FunctionBuilder::new(&mut self.module.types, &[], &[]);
        let fetches = |missing: &mut walrus::InstrSeqBuilder<'_>| {
            missing.call(fetch);
        };
        builder.func_body().global_get(self.arrived).if_else(None, |_| {}, fetches);
        Ok(builder.finish(Vec::new(), &mut self.module.funcs))
    }

    pub(super) fn lend(&mut self, loans: &[Loan]) {
        for loan in loans {
            self.module.exports.add(&loan.name, self.things.export(loan.thing));
        }
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        walrus::passes::gc::run(&mut self.module);
        self.module.emit_wasm()
    }
}

/// A body for this function: the same call, through a row of the table.
fn detour(
    module: &mut Module,
    id: FunctionId,
    ensure: FunctionId,
    table: TableId,
    row: u64,
) -> Result<LocalFunction> {
    let ty = module.funcs.get(id).ty();
    let takes = module.types.get(ty).params().to_vec();
    let gives = module.types.get(ty).results().to_vec();
    let args: Vec<_> = takes.iter().map(|ty| module.locals.add(*ty)).collect();
    let mut builder = FunctionBuilder::new(&mut module.types, &takes, &gives);
    let mut body = builder.func_body();
    body.call(ensure);
    for arg in &args {
        body.local_get(*arg);
    }
    body.i32_const(i32::try_from(row)?).call_indirect(ty, table);
    Ok(builder.local_func(args))
}

/// Everything that can be called from outside, by a table, or by what can be called; what a listed
/// function calls does not count.
fn reach(module: &Module, listed: &HashSet<FunctionId>) -> HashSet<FunctionId> {
    let mut calls = Calls(roots(module));
    let mut reached = HashSet::new();
    while let Some(id) = calls.0.pop() {
        let new = reached.insert(id);
        if let FunctionKind::Local(local) = &module.funcs.get(id).kind
            && new
            && !listed.contains(&id)
        {
            dfs_in_order(&mut calls, local, local.entry_block());
        }
    }
    reached
}

fn roots(module: &Module) -> Vec<FunctionId> {
    let exported = module.exports.iter().filter_map(|export| match export.item {
        ExportItem::Function(id) => Some(id),
        _ => None,
    });
    let in_tables = module.elements.iter().filter_map(|element| match &element.items {
        ElementItems::Functions(ids) => Some(ids),
        ElementItems::Expressions(..) => None,
    });
    exported.chain(in_tables.flatten().copied()).chain(module.start).collect()
}

struct Calls(Vec<FunctionId>);

impl Visitor<'_> for Calls {
    fn visit_function_id(&mut self, id: &FunctionId) {
        self.0.push(*id);
    }
}
