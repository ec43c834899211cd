//! stub
pub fn fault_line() {}
pub fn parse_fault() {}
