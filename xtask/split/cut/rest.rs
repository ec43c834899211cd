//! The half that is fetched after the page has started.
//! Refuses to have anything of its own but code.

use super::{ARRIVED, Detour, FIRST, Loan, Things, read};
use anyhow::{Context, Result};
use walrus::ir::Value;
use walrus::{
    ConstExpr, ElementItems, ElementKind, FunctionBuilder, FunctionKind, GlobalKind, ImportId,
    ImportKind, ImportedFunction, Module, TableId, ValType,
};

pub(super) struct Rest {
    module: Module,
    things: Things,
    table: TableId,
}

impl Rest {
    /// The whole program, in which everything that the first half has is borrowed from there.
    pub(super) fn read(wasm: &[u8], stays: Vec<bool>) -> Result<Rest> {
        let module = read(wasm)?;
        let things = Things::of(&module);
        let table = module.tables.main_function_table()?.context("there is no table")?;
        let mut rest = Rest { module, things, table };
        rest.empty();
        rest.import_functions(&stays);
        rest.import_the_others();
        Ok(rest)
    }

    /// Takes away what would do again what the first half has done: its data, its rows of the
    /// table, its doors.
    fn empty(&mut self) {
        let module = &mut self.module;
        module.start = None;
        let exports: Vec<_> = module.exports.iter().map(walrus::Export::id).collect();
        exports.into_iter().for_each(|id| module.exports.delete(id));
        let data: Vec<_> = module.data.iter().map(walrus::Data::id).collect();
        data.into_iter().for_each(|id| module.data.delete(id));
        module.memories.iter_mut().for_each(|memory| memory.data_segments.clear());
        let elements: Vec<_> = module.elements.iter().map(walrus::Element::id).collect();
        elements.into_iter().for_each(|id| module.elements.delete(id));
        module.tables.iter_mut().for_each(|table| table.elem_segments.clear());
        let customs: Vec<_> = module.customs.iter().map(|(id, _)| id).collect();
        customs.into_iter().for_each(|id| drop(module.customs.delete(id)));
    }

    fn import_functions(&mut self, stays: &[bool]) {
        for (id, stays) in self.things.functions.clone().into_iter().zip(stays) {
            let function = self.module.funcs.get(id);
            let ty = function.ty();
            if let FunctionKind::Import(there) = &function.kind {
                // The page's own: the first half has it, and passes it on.
                self.module.imports.get_mut(there.import).module = FIRST.to_owned();
            } else if *stays {
                let import = self.import(id);
                let borrowed = FunctionKind::Import(ImportedFunction { import, ty });
                self.module.funcs.get_mut(id).kind = borrowed;
            }
        }
    }

    fn import_the_others(&mut self) {
        for id in self.things.tables.clone() {
            let import = self.import(id);
            let table = self.module.tables.get_mut(id);
            // However long the first half has made it.
            (table.import, table.maximum) = (Some(import), None);
        }
        for id in self.things.memories.clone() {
            self.module.memories.get_mut(id).import = Some(self.import(id));
        }
        for id in self.things.globals.clone() {
            self.module.globals.get_mut(id).kind = GlobalKind::Import(self.import(id));
        }
    }

    /// The name comes later, when it is known what is used.
    fn import(&mut self, kind: impl Into<ImportKind>) -> ImportId {
        self.module.imports.add(FIRST, "", kind)
    }

    /// Its functions go where the first half looks for them, and it says so.
    pub(super) fn fill(&mut self, detours: &[Detour]) -> Result<()> {
        let Some(base) = detours.first() else { return Ok(()) };
        let offset = ConstExpr::Value(Value::I32(i32::try_from(base.row)?));
        let functions = detours.iter().map(|d| self.things.functions[d.function]).collect();
        let kind = ElementKind::Active { table: self.table, offset };
        let element = self.module.elements.add(kind, ElementItems::Functions(functions));
        self.module.tables.get_mut(self.table).elem_segments.insert(element);
        let arrived = self.module.add_import_global(FIRST, ARRIVED, ValType::I32, true, false).0;
        let mut builder = FunctionBuilder::new(&mut self.module.types, &[], &[]);
        builder.func_body().i32_const(1).global_set(arrived);
        self.module.start = Some(builder.finish(Vec::new(), &mut self.module.funcs));
        Ok(())
    }

    /// Names what it uses of the first half, short names for all.
    pub(super) fn borrow(&mut self) -> Vec<Loan> {
        walrus::passes::gc::run(&mut self.module);
        let mut loans = Vec::new();
        for import in self.module.imports.iter_mut() {
            // What has no place in the whole program is new here: `arrived`, which has a name.
            if let Some(thing) = self.things.place(&import.kind) {
                import.name = format!("~{}", loans.len());
                loans.push(Loan { name: import.name.clone(), thing });
            }
        }
        loans
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.module.emit_wasm()
    }
}
